"""Deals that enter and leave, taken by the real `consume` from Kafka, beside a bare loop that writes the same rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from automation.testing import record
from contracts import topics
from contracts.config import ConfigChanged
from contracts.items import ItemEvent, ItemStageChanged
from contracts.rules import RuleSetRef

from benchmarks.timers import shop
from benchmarks.timers.draining import CARRIED, STEP, Drained
from benchmarks.timers.processor import Meter
from benchmarks.timers.scheduler import Scheduler

UNCHANGED = record("portal", "portal", shop.PORTAL)
PLANNED = "SELECT count(DISTINCT item) = cardinality($1::uuid[]) FROM execution WHERE item = ANY($1::uuid[])"
LEFT = "SELECT NOT EXISTS (SELECT FROM execution WHERE item = ANY($1::uuid[]) AND state = 'waiting')"
WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
AT_MOST = 600.0
# Numbers of the deals that enter while it is measured.
FIRST_ENTRY = 500_000_000

Then = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Wait for nothing."""


@dataclass
class Planning:
    """Sends what crm-api would, to a `consume` that waits for the config that it names and then, `began`, takes it."""

    scheduler: Scheduler
    meter: Meter
    first: int = FIRST_ENTRY
    began: float = 0.0

    async def entries(
        self, count: int, change: ConfigChanged = UNCHANGED, then: Then = nothing
    ) -> tuple[Drained, range]:
        """Let so many deals enter, each with four rules; give what it came to, and their numbers."""
        await self.scheduler.publish(STEP)
        numbers = range(self.first, self.first + count)
        self.first += count
        at = datetime.now(UTC) + timedelta(days=30)
        return await self.taken([self.entry(n, at) for n in numbers], PLANNED, change, then), numbers

    async def leaves(self, numbers: range) -> Drained:
        """Let these deals leave, so that what waits of them is cancelled."""
        at = datetime.now(UTC) + timedelta(days=30)
        return await self.taken([self.leave(n, at) for n in numbers], LEFT)

    async def taken(
        self, events: Sequence[ItemEvent], over: str, change: ConfigChanged = UNCHANGED, then: Then = nothing
    ) -> Drained:
        """Put events on their topic, and measure until the last is planned and announced.

        They name the config record that is published when it begins; `then` is waited for while `consume` still runs.
        """
        await self.scheduler.gate(opened=False)
        await self.scheduler.send([self.scheduler.announcement(event) for event in events])
        last = {self.scheduler.kafka.partition(topics.ITEMS, str(e.item.id)): e.item.id for e in events}
        async with self.scheduler.running("consume") as pids:
            await asyncio.sleep(1)
            at = await self.scheduler.sql.fetchval(WAL)
            spent, self.began = self.meter.read(pids), time.monotonic()
            await self.scheduler.configure(change)
            await asyncio.wait_for(self.over(over, list(last.values())), AT_MOST)
            ended, now = time.monotonic(), self.meter.read(pids)
            wal = int(await self.scheduler.sql.fetchval(WAL) - at)
            await then()
        return Drained(len(events), ended - self.began, now.since(spent), wal)

    async def over(self, query: str, last: list[UUID]) -> None:
        """Wait until the last deal of each partition is through, and Kafka has all that was said."""
        await self.scheduler.until(query, last)
        await self.scheduler.until(CARRIED, 0)

    def entry(self, n: int, at: datetime) -> ItemStageChanged:
        """Make the event of a deal's entry, under the config that comes next."""
        return self.event(shop.deal(STEP, n, at), n, at)

    def leave(self, n: int, at: datetime) -> ItemStageChanged:
        """Make the event of its leave, to a stage without rules."""
        before = shop.deal(STEP, n, at)
        return self.event(before.model_copy(update={"stage": shop.GONE, "activation": 2, "version": 2}), n, at)

    def event(self, item: Any, n: int, at: datetime) -> ItemStageChanged:
        """Make an event about a deal, with its contact."""
        ref = RuleSetRef(pipeline=item.pipeline, number=1)
        config = self.scheduler.revision + 1
        return ItemStageChanged(item=item, linked=(shop.contact(n, at),), config=config, rule_set=ref)
