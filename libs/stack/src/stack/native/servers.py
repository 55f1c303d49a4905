"""Both native servers, started side by side."""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stack.addresses import Stack
from stack.native.account import Account
from stack.native.kafka import Kafka
from stack.native.postgres import Postgres
from stack.runs import Run
from stack.settings import Settings


class Native:
    """A PostgreSQL and a broker as child processes of the run's owner."""

    def __init__(self, run: Run, settings: Settings, say: Callable[[str], None], *, durable: bool) -> None:
        """Prepare both servers; nothing runs yet."""
        account = Account.choose()
        self._postgres = Postgres(run, _place(run, account), account, durable=durable)
        self._kafka = Kafka(run, settings.cache, say)

    def up(self) -> Stack:
        """Start both at the same time and wait for both."""
        with ThreadPoolExecutor(2) as threads:
            for started in [threads.submit(server.up) for server in (self._postgres, self._kafka)]:
                started.result()
        return Stack(self._kafka.bootstrap, self._postgres.dsn, "native")

    def restart_kafka(self, *, immediate: bool, away: float = 0.0) -> None:
        """Restart the broker on the same port and data, after so many seconds."""
        self._kafka.restart(immediate=immediate, away=away)

    def restart_postgres(self, *, immediate: bool) -> None:
        """Restart the database on the same port and data."""
        self._postgres.restart(immediate=immediate)

    def alive(self) -> bool:
        """Whether both run."""
        return self._kafka.alive() and self._postgres.alive()

    def down(self) -> None:
        """Stop both."""
        self._kafka.down()
        self._postgres.down()


def _place(run: Run, account: Account) -> Path:
    """Choose PostgreSQL's directory: below the run, or a temporary one where the account does not reach that."""
    if account.reaches(run.directory):
        place = run.directory / "postgres"
        place.mkdir()
        return place
    place = Path(tempfile.mkdtemp(prefix="stack-"))
    run.adopt(place)
    return place
