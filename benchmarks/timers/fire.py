"""The full path of ours alone: for whoever makes it faster."""

from argparse import Namespace
from typing import Any

from stack import Stack

from benchmarks.timers.draining import Ours, once
from benchmarks.timers.processor import Meter
from benchmarks.timers.scheduler import Scheduler, said


async def fire(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Drain so many due timers, `rounds` times; the last figures count."""
    async with Scheduler(started, "fire.") as scheduler:
        ours = Ours(scheduler, await Meter.of(started))
        told: dict[str, Any] = {}
        for _ in range(chosen.rounds):
            told = said((await drained(ours, chosen)).told())
    return told


async def drained(ours: Ours, chosen: Namespace) -> Any:
    """Drain as the command line says: by real processes, or inside this one."""
    if chosen.profile or chosen.inline:
        from benchmarks.timers.profiling import profiled  # noqa: PLC0415  wires the service into this process

        return await profiled(ours, chosen.n, trace=chosen.profile)
    return await once(ours, chosen.n, processes=chosen.processes)
