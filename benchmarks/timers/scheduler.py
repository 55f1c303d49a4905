"""rule-scheduler as it is deployed, with the gate in front of its firing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from contracts import topics
from contracts.items import ItemEvent
from contracts.messages import TYPES, Message
from contracts.topics import Topic
from stack import Stack
from typing_extensions import override

from benchmarks.deployed import Deployed
from benchmarks.load import tell
from benchmarks.timers import shop

HOME = Path(".local/bench-timers")
FRESH = (topics.ITEMS, topics.ORDERS, topics.CONFIG)
# What a process may rest on is said by hand, so that the gate opens at a moment that is known.
NEVER_STALE = {"RULE_SCHEDULER_MAX_STALENESS": "PT1H"}
OPEN = (
    "INSERT INTO freshness (topic, partition, published_until) SELECT t, p, $3::timestamptz"
    " FROM unnest($1::text[], $2::int[]) AS u(t, p)"
    " ON CONFLICT (topic, partition) DO UPDATE SET published_until = excluded.published_until"
)


class Scheduler(Deployed):
    """One scheduler with a database and topics of its own."""

    SERVICE: ClassVar[str] = "rule-scheduler"
    HOME: ClassVar[Path] = HOME

    def __init__(self, stack: Stack, prefix: str, partitions: int = 12) -> None:
        super().__init__(stack, prefix, partitions, NEVER_STALE)
        self.published: set[int] = set()

    async def gate(self, *, opened: bool) -> None:
        """Open or close the gate in front of all firing."""
        places = [(t.name, p) for t in FRESH for p in range(1 if t.single else self.kafka.partitions)]
        until = datetime.now(UTC) - (timedelta() if opened else timedelta(days=1))
        await self.sql.execute(OPEN, [t for t, _ in places], [p for _, p in places], until)

    async def publish(self, step: int) -> None:
        """Publish the shop's config with rules of this step, once."""
        if step in self.published:
            return
        self.published.add(step)
        await self.configure(*shop.config(step))

    def announcement(self, event: ItemEvent) -> Message:
        """Make the message by which crm-api announces an item."""
        persons = [link.id for link in event.item.links]
        return self.message(TYPES[type(event)][0], event.item.id, event, persons)

    @override
    async def carried(self, topic: Topic = topics.ACTIONS["sms"]) -> int:
        return await super().carried(topic)


def said(figures: dict[str, Any]) -> dict[str, Any]:
    """Say figures as they come."""
    tell(str(figures))
    return figures
