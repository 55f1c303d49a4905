"""Very many timers that are due at the same instant, those of one stage planted before those of the next."""

import asyncio
import contextlib
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import Any

import psutil
from stack import Stack

from benchmarks.timers import shop, stamps
from benchmarks.timers.draining import Drained, Ours, once
from benchmarks.timers.processor import Meter
from benchmarks.timers.rounds import against, medians
from benchmarks.timers.scheduler import Scheduler

ALL_AFTER = -15
MB = 1 << 20


async def spike(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure how fast they go out, how the rules share that time, and how large the processes become."""
    async with Scheduler(started, "spike.") as scheduler:
        ours = Ours(scheduler, await Meter.of(started))
        one, shares, peak = await together(ours, chosen.n, chosen.processes)
        spread = await once(ours, chosen.n, processes=chosen.processes)
    return {
        "at one instant": medians([one]),
        "one after the other": medians([spread]),
        "at one instant to one after the other": against([one], [spread]),
        "mean place of a rule's firings": {"first rule": min(shares), "last rule": max(shares)},
        "peak_mb": peak,
    }


async def together(ours: Ours, count: int, processes: int) -> tuple[Drained, list[float], int]:
    """Let all fall due at once; give the run, the mean place of each rule's firings in it, and the peak memory."""
    scheduler = ours.scheduler
    deals = sorted(range(-(-count // shop.RULES)), key=lambda n: n % len(shop.STAGES))
    ours.last = await ours.planted_at(ALL_AFTER, len(deals))
    entered = ours.last + timedelta(seconds=ALL_AFTER)
    await ours.plant(ALL_AFTER, deals, lambda _: entered)
    await scheduler.vacuum()
    await scheduler.gate(opened=True)
    async with scheduler.running(*["fire"] * processes) as pids, peak_memory(pids) as sizes:
        if datetime.now(UTC) > ours.last:
            raise RuntimeError("the machine is too slow to plant so many in time")
        await asyncio.sleep((ours.last - datetime.now(UTC)).total_seconds())
        spent, began = ours.meter.read(pids), time.monotonic()
        await ours.over()
        ended, now = time.monotonic(), ours.meter.read(pids)
    due = stamps.expected(ALL_AFTER, deals, lambda _: entered)
    at = await stamps.committed(scheduler)
    run = Drained(len(due), ended - began, now.since(spent), 0)
    return run, places(due, at, ended - began), max(sizes) // MB


def places(due: dict[Any, stamps.Firing], at: dict[Any, datetime], seconds: float) -> list[float]:
    """Give for each rule when its firings came on average, from 0 (all at the beginning) to 1 (all at the end)."""
    of: dict[int, list[float]] = {}
    for one, firing in due.items():
        of.setdefault(firing.rule, []).append((at[one] - firing.due_at).total_seconds() / seconds)
    return [round(fmean(found), 3) for found in of.values()]


@asynccontextmanager
async def peak_memory(pids: Sequence[int]) -> AsyncIterator[list[int]]:
    """Note how large the largest process is, ten times a second, while the block lasts."""
    sizes: list[int] = [0]

    async def look() -> None:
        while True:
            sizes.append(max(psutil.Process(pid).memory_info().rss for pid in pids))
            await asyncio.sleep(0.1)

    task = asyncio.create_task(look())
    try:
        yield sizes
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, psutil.NoSuchProcess):
            await task
