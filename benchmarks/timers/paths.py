"""The storage path and the full path, each beside the libraries that do the same."""

import statistics
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from stack import Stack

from benchmarks.load import tell
from benchmarks.timers import peers
from benchmarks.timers.draining import Drained, Ours, once
from benchmarks.timers.peers import BY_NODE, BY_PYTHON, OURS, Peers
from benchmarks.timers.processor import Meter
from benchmarks.timers.scheduler import Scheduler

Run = Callable[[], Awaitable[Drained]]
Runs = dict[str, list[Drained]]


async def storage(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure claim and outbox row beside each library's drain of jobs that do nothing."""
    missing = await peers.install()
    drains = Peers(started, await Meter.of(started), chosen.n)
    await drains.set_up()
    names = [name for name in (*BY_NODE, *BY_PYTHON) if name not in missing]
    try:
        runs = await in_turn(
            chosen.rounds,
            {name: partial(drains.drain, name, "noop") for name in names},
            ours=partial(drains.drain, OURS, "noop"),
        )
    finally:
        await started.drop_database("peer_template")
    return table(runs, aim=2.5)


async def full(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure claim, re-check, text, outbox and Kafka beside libraries whose handlers do the same, and do nothing."""
    missing = await peers.install()
    meter = await Meter.of(started)
    drains = Peers(started, meter, chosen.n)
    await drains.set_up()
    names = [f"{name} {mode}" for name in BY_NODE if name not in missing for mode in ("full", "noop")]
    async with Scheduler(started, "full.") as scheduler:
        ours = Ours(scheduler, meter)
        try:
            runs = await in_turn(
                chosen.rounds,
                {name: partial(drains.drain, *name.split()) for name in names},
                ours=partial(once, ours, chosen.n, processes=chosen.processes),
            )
        finally:
            await started.drop_database("peer_template")
    return table(runs, aim=2.0)


async def in_turn(rounds: int, others: Mapping[str, Run], *, ours: Run) -> Runs:
    """Run each of the others and ours behind it, round by round, so that neighbours see the same machine."""
    runs: Runs = {"ours": [], **{name: [] for name in others}, **{f"ours beside {name}": [] for name in others}}
    for _ in range(rounds):
        for name, run in others.items():
            runs[name].append(await run())
            beside = await ours()
            runs["ours"].append(beside)
            runs[f"ours beside {name}"].append(beside)
            tell(f"{name}: {runs[name][-1].told()}")
            tell(f"  ours: {beside.told()}")
    return runs


def table(runs: Runs, *, aim: float) -> dict[str, Any]:
    """Give the medians of each, and the medians of the ratios of neighbours: of the rate, and of processor time."""
    told: dict[str, Any] = {"aim": aim}
    for name, measured in runs.items():
        if " beside " not in name:
            told[name] = medians(measured)
    for name in [name for name in told if f"ours beside {name}" in runs]:
        pairs = list(zip(runs[name], runs[f"ours beside {name}"], strict=True))
        told[f"ours to {name}"] = {
            "rate": ratio([b.count / b.seconds / (a.count / a.seconds) for a, b in pairs]),
            "cpu": ratio([a.all_us / b.all_us for a, b in pairs]),
        }
    for name, figures in told.items():
        tell(f"{name:>28}  {figures}")
    return told


def medians(measured: list[Drained]) -> dict[str, Any]:
    """Give the median of each figure."""
    one = [drained.told() for drained in measured]
    groups = one[0]["us"]
    return {
        "per_second": round(statistics.median(o["per_second"] for o in one)),
        "us": {name: round(statistics.median(o["us"][name] for o in one), 1) for name in groups},
        "wal_bytes": round(statistics.median(o["wal_bytes"] for o in one)),
    }


def ratio(ratios: list[float]) -> str:
    """Give the median of ratios, and the lowest and the highest."""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
