"""Servers that somebody else runs, named by the environment."""

from dataclasses import dataclass

from stack.addresses import Stack
from stack.answers import NotYetError, ask_kafka, ask_postgres
from stack.errors import StackError
from stack.settings import Settings


@dataclass(frozen=True)
class Given:
    """Checks that the named servers answer, and leaves them alone."""

    settings: Settings

    def up(self) -> Stack:
        """Give the named addresses; StackError when one is missing or does not answer."""
        kafka, database = self.settings.kafka, self.settings.database
        if kafka is None or database is None:
            raise StackError("name both servers, KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL, or neither")
        try:
            ask_kafka(kafka)
        except NotYetError as reason:
            raise StackError(f"no broker answers at KAFKA_BOOTSTRAP_SERVERS={kafka}: {reason}") from reason
        try:
            ask_postgres(database)
        except NotYetError as reason:
            raise StackError(f"no database answers at DATABASE_URL: {reason}") from reason
        return Stack(kafka, database, "given")

    def restart_kafka(self, *, immediate: bool, away: float = 0.0) -> None:
        """Refuse: the broker is not ours."""
        told = f"immediate={immediate}, away={away:g}"
        raise StackError(f"the broker at {self.settings.kafka} is not ours to restart ({told})")

    def restart_postgres(self, *, immediate: bool) -> None:
        """Refuse: the database is not ours."""
        raise StackError(f"the database of DATABASE_URL is not ours to restart (immediate={immediate})")

    def alive(self) -> bool:
        """Trust whoever runs them."""
        return True

    def down(self) -> None:
        """Leave the servers as they are."""
