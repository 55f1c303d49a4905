"""A pretended service: a table of what it handled, and messages about items."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from chassis.config_copy import ConfigCopy
from chassis.consumer import Consumer
from chassis.database import Database, Transaction
from chassis.handling import Handle, Reader
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from chassis.received import Reads, Received
from chassis.relay import Relay
from chassis.testing import Deployment, Seen
from contracts import topics
from contracts.config import ConfigChanged
from contracts.envelope import Cause
from contracts.items import Item, ItemChanged, RelayProgress
from contracts.messages import Message

VERSIONS = Path(__file__).parent / "versions"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GROUP = "rule-scheduler.consume"


@dataclass
class Service:
    """What the tests of the corridor stand on."""

    deployment: Deployment
    database: Database
    outbox: Outbox

    def changed(self, item: UUID, version: int, *, config: int = 0, note: str = "") -> Message:
        """Make a message about an item."""
        about = About(at=AT, cause=Cause(new_id(), new_id()))
        told = Item(id=item, type="deal", version=version, entered_at=AT, created_at=AT, title=note)
        return self.outbox.message(topics.ITEMS, item, ItemChanged(item=told, config=config), about)

    async def publish(self, *messages: Message) -> None:
        """Write messages into the outbox, in a transaction of their own."""
        async with self.database.transaction() as tx:
            await self.outbox.publish(tx, messages)

    async def keep(self, tx: Transaction, batch: Sequence[Received]) -> None:
        """Handle a batch by writing it down."""
        for received in batch:
            item = received.data.item
            await tx.execute(
                "INSERT INTO handled (item, version, note) VALUES ($1, $2, $3)", item.id, item.version, item.title
            )

    async def handled(self) -> list[tuple[UUID, int]]:
        """Give what was handled, in order."""
        async with self.database.transaction() as tx:
            rows = await tx.fetch("SELECT item, version FROM handled ORDER BY seq")
        return [(row["item"], row["version"]) for row in rows]

    def relay(self, **more: Any) -> Relay:
        """Make a relay."""
        return Relay(self.database, self.outbox, **more)

    def consumer(self, handle: Handle | None = None, **more: Any) -> Consumer:
        """Make a consumer of item changes."""
        limit = more.pop("dead_letter_limit", 100)
        config = more.pop("config", None)
        reader = Reader(
            GROUP,
            (topics.ITEMS,),
            Reads.of((ItemChanged,), (RelayProgress,)),
            handle or self.keep,
            **more,
        )
        return Consumer(
            reader,
            kafka=self.deployment.kafka,
            database=self.database,
            outbox=self.outbox,
            config=config,
            dead_letter_limit=limit,
        )

    def config(self) -> "ConfigCopy[dict[str, ConfigChanged]]":
        """Make a config copy whose view is a dictionary."""
        return ConfigCopy(self.database, lambda view, changes: (view or {}) | {f"{c.kind}/{c.id}": c for c in changes})


def item_of(seen: Seen) -> Item:
    """Give the item that a record is about."""
    assert isinstance(seen.data, ItemChanged)
    return seen.data.item


@pytest.fixture
async def service(deployment: Deployment) -> AsyncIterator[Service]:
    await deployment.topics(topics.ITEMS, topics.dead_letters(GROUP))
    async with Database(await deployment.database(VERSIONS)) as database:
        yield Service(deployment, database, Outbox(deployment.kafka, "/crm-api"))
