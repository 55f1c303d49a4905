"""All that is due goes out: how many firings a second, and what each costs whom."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.load import tell
from benchmarks.timers import shop
from benchmarks.timers.planting import Planted, Row, Sample, clear, plant, sampled
from benchmarks.timers.processor import Meter, Spent
from benchmarks.timers.scheduler import Scheduler

STEP = 15
TAIL = timedelta(milliseconds=250)
OVER = "SELECT NOT EXISTS (SELECT FROM timer WHERE lane = 'fire' AND due_at > $1 AND due_at <= $2)"
CARRIED = "SELECT NOT EXISTS (SELECT FROM outbox WHERE seq > $1)"
WRITTEN = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq')), 0)"
WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
STATES = "SELECT state, count(*) FROM execution GROUP BY state"
AT_MOST = 1200.0
# Numbers of the deals that wait long, far from those of the deals that fire.
FIRST_FAR = 100_000_000
# When the first of many waves of a minute each falls due.
LONG_AGO = timedelta(hours=4)
# Seconds until tables are vacuumed and processes ready; and with how many deals it is tried how long planting takes.
READY = 12
TRIED = 1200


@dataclass(frozen=True, slots=True)
class Drained:
    """What one run came to."""

    count: int
    seconds: float
    spent: Spent
    wal: int

    @property
    def per_second(self) -> float:
        """Give how many went through in a second."""
        return self.count / self.seconds

    @property
    def all_us(self) -> float:
        """Give the microseconds of processor time for each, in all groups."""
        return self.spent.each(self.count)["all"]

    def told(self) -> dict[str, Any]:
        """Give the figures."""
        each = {"us": self.spent.each(self.count), "wal_bytes": self.wal // self.count}
        return {"per_second": round(self.per_second), **each, "seconds": round(self.seconds, 2)}


@dataclass
class Ours:
    """The real scheduler, filled with deals whose timers are due between `began` and `last`.

    What the outbox held up to the number `carried` had gone to Kafka before.
    """

    scheduler: Scheduler
    meter: Meter
    samples: dict[int, list[tuple[Sample, list[Row]]]] = field(default_factory=dict)
    first: int = 0
    began: datetime = field(default_factory=lambda: datetime.now(UTC) - LONG_AGO)
    last: datetime = field(default_factory=lambda: datetime.now(UTC) - LONG_AGO)
    carried: int = 0

    async def plant(self, step: int, numbers: Iterable[int], entered_at: Planted | None = None) -> None:
        """Plant deals with rules of this step; the first time a few are planned for it."""
        if step not in self.samples:
            self.samples[step] = await sampled(self.scheduler, step)
        await plant(self.scheduler, self.samples[step], numbers, entered_at)

    async def planted_at(self, step: int, deals: int) -> datetime:
        """Give a moment by which so many deals will be planted and the processes ready, as a few of them tell."""
        await self.plant(step, ())
        await clear(self.scheduler)
        began = time.monotonic()
        await self.plant(step, range(FIRST_FAR, FIRST_FAR + TRIED))
        each = (time.monotonic() - began) / TRIED
        await clear(self.scheduler)
        return datetime.now(UTC) + timedelta(seconds=READY + 1.5 * each * deals)

    async def overdue(self, count: int) -> int:
        """Plant so many timers more that are due, behind a gate that is closed; give how many there are."""
        await self.scheduler.gate(opened=False)
        deals, first = -(-count // shop.RULES), self.first
        # Behind those before, as time goes: among moments that have passed nothing new falls due.
        began = min(self.last, datetime.now(UTC) - timedelta(minutes=2))
        gap = timedelta(seconds=STEP) / deals
        self.first += deals
        self.began, self.last = began, began + STEP * shop.RULES * timedelta(seconds=1) + gap * deals
        await self.plant(STEP, range(first, first + deals), lambda n: began + gap * (n - first))
        return deals * shop.RULES

    async def far(self, count: int) -> None:
        """Plant so many timers that are due in thirty days and later."""
        began = datetime.now(UTC) + timedelta(days=30)
        numbers = range(FIRST_FAR, FIRST_FAR + -(-count // shop.RULES))
        await self.plant(STEP, numbers, lambda n: began + timedelta(milliseconds=n - FIRST_FAR))

    async def drain(self, count: int, pids: Sequence[int]) -> Drained:
        """Open the gate, and wait until all has fired and Kafka has acknowledged it."""
        self.carried = await self.scheduler.sql.fetchval(WRITTEN)
        before, at = await self.scheduler.carried(), await self._wal()
        spent, began = self.meter.read(pids), time.monotonic()
        await self.scheduler.gate(opened=True)
        await asyncio.wait_for(self.over(), AT_MOST)
        ended, now = time.monotonic(), self.meter.read(pids)
        wal = await self._wal() - at
        carried = await self.scheduler.carried() - before
        if carried != count:
            states = dict(await self.scheduler.sql.fetch(STATES))
            tell(f"WRONG: {count} were due, {carried} went to Kafka; {states}")
        return Drained(count, ended - began, now.since(spent), wal)

    async def over(self) -> None:
        """Wait until all has fired and Kafka has acknowledged it."""
        # Of queues only what is new is looked at: to look at their beginning is to walk over what was deleted.
        await self.scheduler.until(OVER, self.last - TAIL, self.last)
        await self.scheduler.until(OVER, self.began, self.last)
        await self.scheduler.until(CARRIED, self.carried)

    async def _wal(self) -> int:
        return int(await self.scheduler.sql.fetchval(WAL))


async def once(ours: Ours, count: int, *, processes: int = 2, fresh: bool = True) -> Drained:
    """Fire so many with so many processes and give what it came to; `fresh` clears away what was before."""
    if fresh:
        await clear(ours.scheduler)
    planted = await ours.overdue(count)
    await ours.scheduler.vacuum()
    async with ours.scheduler.running(*["fire"] * processes) as pids:
        await asyncio.sleep(1)
        return await ours.drain(planted, pids)
