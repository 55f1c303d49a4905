"""All that is due goes out: how many firings a second, and what each costs whom."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.load import tell
from benchmarks.timers import shop
from benchmarks.timers.planting import Row, Sample, clear, plant, sampled
from benchmarks.timers.processor import Meter, Spent
from benchmarks.timers.scheduler import Scheduler

STEP = 15
TAIL = timedelta(milliseconds=250)
OVER = "SELECT NOT EXISTS (SELECT FROM timer WHERE lane = 'fire' AND due_at > $1 AND due_at <= $2)"
CARRIED = "SELECT NOT EXISTS (SELECT FROM outbox)"
WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
DISPATCHED = "SELECT count(*) FROM execution WHERE state = 'dispatched'"
AT_MOST = 600.0


@dataclass(frozen=True, slots=True)
class Drained:
    """What one run came to."""

    count: int
    seconds: float
    spent: Spent
    wal: int

    @property
    def all_us(self) -> float:
        """Give the microseconds of processor time for each, in all groups."""
        return self.spent.each(self.count)["all"]

    def told(self) -> dict[str, Any]:
        """Give the figures."""
        each = {"us": self.spent.each(self.count), "wal_bytes": self.wal // self.count}
        return {"per_second": round(self.count / self.seconds), **each, "seconds": round(self.seconds, 2)}


@dataclass
class Ours:
    """The real scheduler, filled with deals whose timers are all due."""

    scheduler: Scheduler
    meter: Meter
    samples: list[tuple[Sample, list[Row]]] = field(default_factory=list)
    last: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def fill(self, count: int, *, far: int = 0) -> int:
        """Plant so many due timers, and so many of the far future beside; give how many are due."""
        self.samples = self.samples or await sampled(self.scheduler, STEP)
        deals = -(-count // shop.RULES)
        await clear(self.scheduler)
        began = datetime.now(UTC) - timedelta(hours=1)
        gap = timedelta(seconds=STEP) / deals
        self.last = began + STEP * shop.RULES * timedelta(seconds=1) + gap * (deals - 1) + gap
        await plant(self.scheduler, self.samples, range(deals), lambda n: began + gap * n)
        await self.far(deals, far)
        await self.scheduler.gate(opened=False)
        await self.scheduler.vacuum()
        return deals * shop.RULES

    async def far(self, first: int, count: int) -> None:
        """Plant so many timers that are due in thirty days and later."""
        began = datetime.now(UTC) + timedelta(days=30)
        numbers = range(first, first + -(-count // shop.RULES))
        await plant(self.scheduler, self.samples, numbers, lambda n: began + timedelta(milliseconds=n))

    async def drain(self, count: int, pids: Sequence[int]) -> Drained:
        """Open the gate, and wait until all has fired and Kafka has acknowledged it."""
        before, at = await self.scheduler.carried(), await self._wal()
        spent, began = self.meter.read(pids), time.monotonic()
        await self.scheduler.gate(opened=True)
        await asyncio.wait_for(self._over(), AT_MOST)
        ended, now = time.monotonic(), self.meter.read(pids)
        wal = await self._wal() - at
        await self._right(count, await self.scheduler.carried() - before)
        return Drained(count, ended - began, now.since(spent), wal)

    async def _over(self) -> None:
        # Only the end of the queue is looked at: to look at its beginning is to walk over what was deleted.
        await self.scheduler.until(OVER, self.last - TAIL, self.last)
        await self.scheduler.until(OVER, self.last - timedelta(hours=2), self.last)
        await self.scheduler.until(CARRIED)

    async def _wal(self) -> int:
        return int(await self.scheduler.sql.fetchval(WAL))

    async def _right(self, count: int, carried: int) -> None:
        dispatched = await self.scheduler.sql.fetchval(DISPATCHED)
        if (dispatched, carried) != (count, count):
            tell(f"WRONG: {count} were due, {dispatched} are dispatched, {carried} went to Kafka")


async def once(ours: Ours, count: int, *, processes: int = 2, far: int = 0) -> Drained:
    """Fill, fire with so many processes, and give what it came to."""
    planted = await ours.fill(count, far=far)
    async with ours.scheduler.running(*["fire"] * processes) as pids:
        await asyncio.sleep(1)
        return await ours.drain(planted, pids)
