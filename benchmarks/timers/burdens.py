"""What should not slow firing down: very many timers that wait beside, and a reader that pins old row versions."""

import time
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from stack import Stack

from benchmarks.load import tell
from benchmarks.timers.draining import STEP, Drained, Ours, once
from benchmarks.timers.planning import Planning
from benchmarks.timers.planting import clear
from benchmarks.timers.processor import Meter
from benchmarks.timers.rounds import against, medians
from benchmarks.timers.scheduler import Scheduler

WAVE = 20_000


async def flat(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure firing, planning and cancelling with very many timers beside, and with none, in turn.

    All run once before, which is not counted: then what was planted has just been written, and pushed all else aside.
    """
    meter = await Meter.of(started)
    runs: dict[str, list[Drained]] = {}
    async with Scheduler(started, "alone.") as few, Scheduler(started, "beside.") as many:
        sides = {"alone": Side(few, meter), "beside": Side(many, meter)}
        for side in sides.values():
            await side.ours.plant(STEP, ())
        began = time.monotonic()
        await sides["beside"].ours.far(chosen.far)
        tell(f"{chosen.far} timers are planted after {time.monotonic() - began:.0f} s")
        for n in range(1 + chosen.rounds):
            for name, side in sorted(sides.items(), reverse=n % 2 == 1):
                for what, run in (await side.measured(chosen)).items():
                    tell(f"{what} {name}: {run.told()}{'' if n else ' (not counted)'}")
                    if n:
                        runs.setdefault(f"{what} {name}", []).append(run)
    told: dict[str, Any] = {name: medians(found) for name, found in runs.items()}
    for what, aim in (("fire", 1.15), ("enter", 1.5), ("leave", 1.5)):
        told[f"{what}: beside costs (aim at most {aim})"] = against(runs[f"{what} alone"], runs[f"{what} beside"])
    return told


class Side:
    """One scheduler of two that are compared."""

    def __init__(self, scheduler: Scheduler, meter: Meter) -> None:
        self.ours = Ours(scheduler, meter)
        self.plans = Planning(scheduler, meter)

    async def measured(self, chosen: Namespace) -> dict[str, Drained]:
        """Fire, let enter and let leave."""
        fired = await once(self.ours, chosen.n, processes=chosen.processes, fresh=False)
        entered, numbers = await self.plans.entries(chosen.deals)
        return {"fire": fired, "enter": entered, "leave": await self.plans.leaves(numbers)}


async def pinned(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure wave after wave of due timers while a reader holds its snapshot, and as long without one."""
    told: dict[str, Any] = {}
    rates: list[float] = []
    for n, name in enumerate(("free", "pinned")):
        async with Scheduler(started, f"pin{n}.") as scheduler:
            ours = Ours(scheduler, await Meter.of(started))
            async with pinning(scheduler.url, held=name == "pinned"):
                waves = await in_waves(ours, chosen.pinned_seconds, chosen.processes)
        last = waves[-max(1, len(waves) // 4) :]
        told[name] = {"waves": len(waves), "first": medians(waves[:1]), "last quarter": medians(last)}
        rates.append(sum(wave.count for wave in last) / sum(wave.seconds for wave in last))
    return {**told, "last quarter, pinned to free (aim 0.75)": round(rates[1] / rates[0], 3)}


async def in_waves(ours: Ours, seconds: float, processes: int) -> list[Drained]:
    """Plant and drain again and again, by the same processes, without a vacuum by hand."""
    waves: list[Drained] = []
    await ours.plant(STEP, ())
    await clear(ours.scheduler)
    await ours.scheduler.vacuum()
    async with ours.scheduler.running(*["fire"] * processes) as pids:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            count = await ours.overdue(WAVE)
            waves.append(await ours.drain(count, pids))
    return waves


@asynccontextmanager
async def pinning(url: str, *, held: bool) -> AsyncIterator[None]:
    """Hold a snapshot of a database while the block lasts."""
    connection = await asyncpg.connect(url)
    if held:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        await connection.fetchval("SELECT txid_current()")
    try:
        yield
    finally:
        await connection.close()
