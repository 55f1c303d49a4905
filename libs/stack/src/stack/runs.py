"""Records of the runs of one checkout, so that what a crashed run left behind is found and removed."""

import json
import os
import secrets
import shutil
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stack.addresses import Stack
from stack.engine import remove_containers
from stack.processes import Identity, end


@dataclass
class Run:
    """One start of the stack: who owns it, which processes and directories it has."""

    home: Path
    id: str
    owner: Identity
    servers: dict[str, Identity] = field(default_factory=dict)
    directories: list[str] = field(default_factory=list)
    containers: bool = False
    stack: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Writing is shared by the threads that start the servers."""
        self._writing = threading.Lock()

    @classmethod
    def begin(cls, home: Path) -> "Run":
        """Write the record first, then make the directory, so that no directory is without a record."""
        run = cls(home.absolute(), f"{os.getpid()}-{secrets.token_hex(3)}", Identity.of(os.getpid()))
        run.home.joinpath("run").mkdir(parents=True, exist_ok=True)
        run.adopt(run.directory)
        run.directory.mkdir()
        return run

    @property
    def directory(self) -> Path:
        """The run's own directory."""
        return self.home / "run" / self.id

    @property
    def record(self) -> Path:
        """The file that outlives a crash of the owner."""
        return self.home / "run" / f"{self.id}.json"

    @property
    def live(self) -> bool:
        """Whether the process that began it still runs."""
        return self.owner.process() is not None

    def adopt(self, directory: Path) -> None:
        """Note a directory that must go when the run goes."""
        self.directories.append(str(directory))
        self._write()

    def note(self, server: str, identity: Identity) -> None:
        """Note the process that a server runs in now."""
        self.servers[server] = identity
        self._write()

    def note_containers(self) -> None:
        """Note, before the first one starts, that containers carry this run's label."""
        self.containers = True
        self._write()

    def note_addresses(self, stack: Stack) -> None:
        """Note where the servers answer."""
        self.stack = asdict(stack)
        self._write()

    def remove(self) -> None:
        """Stop what runs, remove what was made, the record last; again is a no-op."""
        for server in self.servers.values():
            end(server)
        if self.containers:
            remove_containers(self.id)
        for directory in self.directories:
            shutil.rmtree(directory, ignore_errors=True)
        self.record.unlink(missing_ok=True)

    def _write(self) -> None:
        with self._writing:
            said: dict[str, Any] = asdict(self) | {"home": str(self.home)}
            draft = self.record.with_suffix(".draft")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(said, indent=1))
            draft.replace(self.record)


def recorded_runs(home: Path) -> list[Run]:
    """Read the records of all runs, live and crashed."""
    runs = []
    for record in sorted(home.absolute().glob("run/*.json")):
        try:
            said = json.loads(record.read_text())
        except FileNotFoundError:
            continue  # its owner has just removed it
        said["servers"] = {name: Identity(**server) for name, server in said["servers"].items()}
        runs.append(Run(**said | {"home": home.absolute(), "owner": Identity(**said["owner"])}))
    return runs


def sweep(home: Path, *, also_live: bool = False) -> list[Run]:
    """Remove what crashed runs left behind, and live runs only when told so; give what was removed."""
    gone = [run for run in recorded_runs(home) if also_live or not run.live]
    for run in gone:
        run.remove()
    return gone
