"""Choosing how the servers run, and the handle by which a run is held."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

from stack.addresses import Stack
from stack.engine import obstacle
from stack.errors import StackError
from stack.given import Given
from stack.native import Native
from stack.runs import Run, sweep
from stack.settings import Settings

Kind = Literal["auto", "given", "container", "native"]


class Servers(Protocol):
    """A broker and a database, however they run."""

    def up(self) -> Stack:
        """Start both and give their addresses; StackError when one does not answer."""

    def restart_kafka(self, *, immediate: bool, away: float = 0.0) -> None:
        """Restart the broker on the same port and data, after so many seconds."""

    def restart_postgres(self, *, immediate: bool) -> None:
        """Restart the database on the same port and data."""

    def alive(self) -> bool:
        """Tell whether both run."""

    def down(self) -> None:
        """Stop both."""


class Running:
    """Starts the servers when entered and stops them when left."""

    def __init__(self, kind: Kind, home: Path, say: Callable[[str], None], *, durable: bool) -> None:
        """Note what to start; nothing happens yet."""
        self._kind, self._home, self._say, self._durable = kind, home, say, durable
        self._run: Run | None = None
        self._servers: Servers | None = None

    def __enter__(self) -> Stack:
        """Clean up after crashed runs, then start."""
        for crashed in sweep(self._home):
            self._say(f"removed what the crashed run {crashed.id} left behind")
        try:
            self._servers = self._choose()
            stack = self._servers.up()
        except BaseException:
            self._stop()
            raise
        if self._run is not None:
            self._run.note_addresses(stack)
        return stack

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what was started and remove its data."""
        self._stop()

    def restart_kafka(self, *, immediate: bool = False, away: float = 0.0) -> None:
        """Restart the broker, killed when immediate, after so many seconds; returns when it answers again."""
        self._up().restart_kafka(immediate=immediate, away=away)

    def restart_postgres(self, *, immediate: bool = True) -> None:
        """Restart the database, without a checkpoint when immediate; returns when it answers again."""
        self._up().restart_postgres(immediate=immediate)

    def alive(self) -> bool:
        """Tell whether both servers still run."""
        return self._servers is not None and self._servers.alive()

    def _up(self) -> Servers:
        if self._servers is None:
            raise StackError("the stack is not up")
        return self._servers

    def _choose(self) -> Servers:
        settings = Settings.read()
        if self._kind == "given" or (self._kind == "auto" and (settings.kafka or settings.database)):
            return Given(settings)
        if self._kind != "native":
            missing = obstacle(settings)
            if missing is None:
                from stack.containers import Containers  # noqa: PLC0415  slow to import, often not needed

                self._run = Run.begin(self._home)
                return Containers(self._run, settings, self._say, durable=self._durable)
            if self._kind == "container":
                raise StackError(f"no containers here: {missing}")
        self._run = Run.begin(self._home)
        return Native(self._run, settings, self._say, durable=self._durable)

    def _stop(self) -> None:
        if self._servers is not None:
            self._servers.down()
            self._servers = None
        if self._run is not None:
            self._run.remove()
            self._run = None


def start(
    kind: Kind = "auto",
    *,
    home: Path = Path(".local"),
    say: Callable[[str], None] = print,
    durable: bool = True,
) -> Running:
    """Give a handle that runs a broker and a database while it is entered.

    Auto takes the servers that the environment names, else containers, else plain processes. What is not durable
    survives crashes of the servers but not of the machine, and is faster.
    """
    return Running(kind, home, say, durable=durable)
