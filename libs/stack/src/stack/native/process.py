"""One server as a child process with a log, and the tools that prepare its data."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack.errors import StackError
from stack.native.account import Account
from stack.processes import Identity
from stack.runs import Run

LAST_WORDS = 15


@dataclass
class ServerProcess:
    """A server that can be started, stopped, and started again on the same data."""

    run: Run
    name: str
    command: Sequence[str | os.PathLike[str]]
    directory: Path
    farewell: signal.Signals
    account: Account = field(default_factory=Account)
    environment: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        """No process yet."""
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.run.directory / f"{self.name}.log"

    def spawn(self) -> None:
        """Start the process, in a session of its own so that Ctrl-C reaches us alone, and record it."""
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603  the command is composed here, of nothing from outside
                self.command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self.environment,
                user=self.account.user,
                group=self.account.group,
                extra_groups=self.account.further_groups,
            )
        self.run.note(self.name, Identity.of(self._child.pid, self.farewell))

    def stop(self, how: signal.Signals, patience: float = 30.0) -> None:
        """Send a signal and wait for the end; kill when it does not come."""
        if self._child is None:
            return
        self._child.send_signal(how)
        try:
            self._child.wait(patience)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def wait(self) -> int:
        """Wait for the end and give the exit code."""
        return self._child.wait() if self._child else 0

    def died(self) -> bool:
        """Whether it has ended."""
        return self._child is None or self._child.poll() is not None

    def last_words(self) -> str:
        """Quote the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_WORDS:])


def run_tool(command: Sequence[str | os.PathLike[str]], directory: Path, account: Account) -> None:
    """Run a command to its end; StackError with what it said when it fails."""
    made = subprocess.run(  # noqa: S603  the command is composed here, of nothing from outside
        command,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        user=account.user,
        group=account.group,
        extra_groups=account.further_groups,
    )
    if made.returncode:
        raise StackError(f"{Path(command[0]).name} failed:\n{made.stdout}{made.stderr}")
