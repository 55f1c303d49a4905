"""How old the knowledge is that decisions rest on: *published until T*, per partition."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from contracts.items import RelayProgress
from contracts.topics import Topic

from chassis import telemetry
from chassis.database import Transaction
from chassis.kafka import Kafka
from chassis.received import Received

NOTE = (
    "INSERT INTO freshness (topic, partition, published_until)"
    " SELECT * FROM unnest($1::text[], $2::smallint[], $3::timestamptz[])"
    " ON CONFLICT (topic, partition) DO UPDATE"
    " SET published_until = greatest(freshness.published_until, excluded.published_until)"
)
# Real time on purpose: the age of knowledge does not move with the rehearsal clock.
AGE = "SELECT count(*), clock_timestamp() - min(published_until) AS age FROM freshness WHERE topic = ANY($1::text[])"


async def note(tx: Transaction, batch: Sequence[Received]) -> None:
    """Keep how far each partition is known to be published; T only rises."""
    latest: dict[tuple[str, int], datetime] = {}
    for received in batch:
        if isinstance(received.data, RelayProgress):
            latest[received.topic, received.partition] = received.data.published_until
    if latest:
        topics, partitions = zip(*latest, strict=True)
        await tx.execute(NOTE, topics, partitions, list(latest.values()))


REMEMBERED = 0.25


class StalenessGate:
    """Open only while every partition of every topic was published until lately."""

    def __init__(self, kafka: Kafka, topics: Sequence[Topic], max_staleness: timedelta) -> None:
        self.names = [topic.name for topic in topics]
        self.expected = sum(1 if topic.single else kafka.partitions for topic in topics)
        self.max_staleness = max_staleness
        self._open_until = 0.0

    async def is_open(self, tx: Transaction) -> bool:
        """Say whether timers may fire now; what is never heard of is stale.

        That it is open is remembered for a moment, which is little beside the staleness that is allowed.
        """
        if time.monotonic() < self._open_until:
            return True
        row = await tx.fetchrow(AGE, self.names)
        assert row is not None  # noqa: S101  an aggregate always gives a row
        known = row["count"] >= self.expected
        opened = bool(known and row["age"] <= self.max_staleness)
        telemetry.STALE.set(row["age"].total_seconds() if known else float("inf"))
        telemetry.HELD.set(0 if opened else 1)
        self._open_until = time.monotonic() + REMEMBERED if opened else 0.0
        return opened
