"""How late timers fire that fall due at a steady pace, beside what a commit takes at that moment."""

import asyncio
import contextlib
import time
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from stack import Stack

from benchmarks.load import milliseconds
from benchmarks.timers import shop, stamps
from benchmarks.timers.draining import Ours
from benchmarks.timers.processor import Meter
from benchmarks.timers.scheduler import Scheduler, said

PROBED_EVERY = 0.05


async def lateness(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure each of the paces that were asked for, as `1000x60`: so many a second for so many seconds."""
    told = {}
    for n, pace in enumerate(chosen.paces.split(",")):
        rate, seconds = map(int, pace.split("x"))
        async with Scheduler(started, f"late{n}.") as scheduler:
            ours = Ours(scheduler, await Meter.of(started))
            told[f"{rate} a second"] = said(await steady(ours, rate, seconds, chosen.processes))
    return told


async def steady(ours: Ours, rate: int, seconds: int, processes: int) -> dict[str, Any]:
    """Let so many fall due each second."""
    scheduler, step = ours.scheduler, -(-seconds // shop.RULES)
    deals = range(rate * step)
    start = await ours.planted_at(step, len(deals))

    def entered_at(n: int) -> datetime:
        return start + timedelta(seconds=n / rate - step)

    await ours.plant(step, deals, entered_at)
    await scheduler.vacuum()
    await scheduler.gate(opened=True)
    ours.last = start + timedelta(seconds=step * shop.RULES)
    async with scheduler.running(*["fire"] * processes) as pids:
        if datetime.now(UTC) > start:
            raise RuntimeError("the machine is too slow to plant so many in time")
        await asyncio.sleep((start - datetime.now(UTC)).total_seconds())
        spent = ours.meter.read(pids)
        async with probing(scheduler.url) as probes:
            await asyncio.sleep(step * shop.RULES)
            await ours.over()
        spent = ours.meter.read(pids).since(spent)
    due = stamps.expected(step, deals, entered_at)
    commits = stamps.late(due, await stamps.committed(scheduler))
    return {
        "committed": milliseconds(commits),
        "sent": milliseconds(stamps.late(due, await stamps.sent(scheduler))),
        "a_commit": milliseconds(probes),
        "early": sum(one < 0 for one in commits),
        "lost": len(due) - len(commits),
        "us": spent.each(len(due)),
    }


@asynccontextmanager
async def probing(url: str) -> AsyncIterator[list[float]]:
    """Commit a row now and then while the block lasts, and give how long each took."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE probe (n int)")
    took: list[float] = []

    async def probe() -> None:
        while True:
            began = time.monotonic()
            await connection.execute("INSERT INTO probe VALUES (1)")
            took.append(time.monotonic() - began)
            await asyncio.sleep(PROBED_EVERY)

    task = asyncio.create_task(probe())
    try:
        yield took
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await connection.close()
