"""The storage path and the full path, each beside the libraries that do the same; planning beside a bare loop."""

from argparse import Namespace
from functools import partial
from typing import Any

from stack import Stack

from benchmarks.timers import peers
from benchmarks.timers.bare import Bare
from benchmarks.timers.draining import Drained, Ours, once
from benchmarks.timers.peers import BY_NODE, BY_PYTHON, OURS, Peers
from benchmarks.timers.planning import Planning
from benchmarks.timers.processor import Meter
from benchmarks.timers.rounds import against, beside_the_best, compared, in_turn, medians
from benchmarks.timers.scheduler import Scheduler


async def fire(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure the full path of ours alone, for whoever makes it faster."""
    async with Scheduler(started, "fire.") as scheduler:
        ours = Ours(scheduler, await Meter.of(started))
        return medians([await drained(ours, chosen) for _ in range(chosen.rounds)])


async def drained(ours: Ours, chosen: Namespace) -> Drained:
    """Drain as the command line says: by real processes, or inside this one."""
    if chosen.profile or chosen.inline:
        from benchmarks.timers.profiling import profiled  # noqa: PLC0415  wires the service into this process

        return await profiled(ours, chosen.n, trace=chosen.profile)
    return await once(ours, chosen.n, processes=chosen.processes)


async def storage(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure claim and outbox row beside each library's drain of jobs that do nothing."""
    missing = await peers.install()
    async with Peers(started, await Meter.of(started), chosen.n) as jobs:
        names = [name for name in (*BY_NODE, *BY_PYTHON) if name not in missing]
        others = {name: partial(jobs.drain, name, "noop") for name in names}
        runs = await in_turn(chosen.rounds, others, ours=partial(jobs.drain, OURS, "noop"))
    return {**compared(runs), "ours to the best (aim 2.5)": beside_the_best(runs, names)}


async def full(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure claim, re-check, text, outbox and Kafka beside libraries whose handlers do the same, and do nothing."""
    missing, meter = await peers.install(), await Meter.of(started)
    names = [f"{name} {mode}" for name in BY_NODE if name not in missing for mode in ("full", "noop")]
    async with Peers(started, meter, chosen.n) as jobs, Scheduler(started, "full.") as scheduler:
        others = {name: partial(jobs.drain, *name.split()) for name in names}
        own = partial(once, Ours(scheduler, meter), chosen.n, processes=chosen.processes)
        runs = await in_turn(chosen.rounds, others, ours=own)
    return {
        **compared(runs),
        "ours to the best that does the same (aim 2)": beside_the_best(runs, [n for n in names if n.endswith("full")]),
        "ours to the best that does nothing (aim 0.5)": beside_the_best(runs, [n for n in names if n.endswith("noop")]),
    }


async def planning(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure entries and leaves through the real `consume`, and a bare loop that writes the rows of the entries."""
    entered, loops, left = [], [], []
    for n in range(chosen.rounds):
        async with Scheduler(started, f"planning{n}.") as scheduler:
            meter = await Meter.of(started)
            plans = Planning(scheduler, meter)
            entries, numbers = await plans.entries(chosen.deals)
            bare = Bare(scheduler, meter)
            await bare.read(numbers)
            loops.append(await bare.written(chosen.deals))
            entered.append(entries)
            left.append(await plans.leaves(numbers))
    told = {"entries": medians(entered), "bare loop": medians(loops), "leaves": medians(left)}
    return {**told, "entries to the bare loop (aim 0.5)": against(entered, loops)}
