"""What could not be read or handled: kept whole, with the reason, until a person sends it again."""

from collections import deque
from dataclasses import dataclass, field

from aiokafka.structs import ConsumerRecord
from contracts import topics

from chassis.errors import Fatal
from chassis.outbox import Parcel

LONGEST_REASON = 512
WINDOW = 1000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record and why it is dead."""

    record: ConsumerRecord
    error: str
    reason: str
    attempts: int = 1

    def parcel(self, group: str, prefix: str) -> Parcel:
        """Give the dead letter as a record of the group's topic: original bytes and headers, and where it came from."""
        record = self.record
        told = {
            "dead-topic": record.topic.removeprefix(prefix),
            "dead-partition": str(record.partition),
            "dead-offset": str(record.offset),
            "dead-timestamp": str(record.timestamp),
            "dead-group": group,
            "dead-error": self.error,
            "dead-reason": self.reason[:LONGEST_REASON],
            "dead-attempts": str(self.attempts),
        }
        headers = [(name, value) for name, value in record.headers if not name.startswith("dead-")]
        headers += [(name, value.encode()) for name, value in told.items()]
        return Parcel(topics.dead_letters(group), 0, record.key or b"", headers, record.value or b"")


@dataclass(slots=True)
class FloodGate:
    """Stops the process when too many of the last records are dead: then the reader is wrong, not the records."""

    limit: int
    _last: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def count(self, read: int, dead: int) -> None:
        """Count a batch; raises `Fatal` above `limit` dead letters among the last thousand records."""
        self._last.extend([0] * read + [1] * dead)
        if sum(self._last) > self.limit:
            raise Fatal(f"more than {self.limit} dead letters among the last {len(self._last)} records")
