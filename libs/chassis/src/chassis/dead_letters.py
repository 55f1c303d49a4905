"""What could not be read or handled: kept whole, with the reason, until a person sends it again."""

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka.structs import ConsumerRecord
from contracts import topics
from contracts.envelope import Headers

from chassis.errors import Fatal
from chassis.outbox import Parcel

LONGEST_REASON = 512
WINDOW = 1000
OURS = "dead-"
REDRIVES = "dead-redrives"
NUMBER = re.compile(r"\d{1,19}", re.ASCII)


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
        headers = [(n, value or b"") for n, value in record.headers if not n.startswith(OURS) or n == REDRIVES]
        headers += [(name, value.encode()) for name, value in told.items()]
        return Parcel(topics.dead_letters(group), 0, record.key or b"", headers, record.value or b"")


@dataclass(frozen=True, slots=True)
class Buried:
    """A dead letter as it stands at `offset` of its topic; `place` is the offset that it had where it came from.

    `redrives` counts how often it was sent again before it died this time.
    """

    offset: int
    died_at: datetime
    topic: str
    partition: int
    place: int
    error: str
    reason: str
    attempts: int
    redrives: int
    key: bytes
    headers: Headers
    value: bytes

    @classmethod
    def read(cls, record: ConsumerRecord) -> "Buried":
        """Read a record of a dead-letter topic; what it does not say of itself is empty or -1."""
        told = {n: (value or b"").decode(errors="replace") for n, value in record.headers if n.startswith(OURS)}
        return cls(
            offset=record.offset,
            died_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
            topic=told.get("dead-topic", ""),
            partition=number(told.get("dead-partition"), -1),
            place=number(told.get("dead-offset"), -1),
            error=told.get("dead-error", ""),
            reason=told.get("dead-reason", ""),
            attempts=number(told.get("dead-attempts"), -1),
            redrives=number(told.get(REDRIVES), 0),
            key=record.key or b"",
            headers=[(n, value or b"") for n, value in record.headers if not n.startswith(OURS)],
            value=record.value or b"",
        )

    def again(self) -> Parcel:
        """Give the record as it first came, for the partition that it came from; only `dead-redrives` is new."""
        redriven = [*self.headers, (REDRIVES, str(self.redrives + 1).encode())]
        return Parcel(self.topic, self.partition, self.key, redriven, self.value)


def number(told: str | None, unknown: int) -> int:
    """Give the number that a letter says of itself, and what stands for one that it does not say."""
    return int(told) if told is not None and NUMBER.fullmatch(told) else unknown


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
