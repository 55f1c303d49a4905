"""What several runs come to: medians, and ratios of neighbours."""

import statistics
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmarks.load import tell
from benchmarks.timers.draining import Drained

Run = Callable[[], Awaitable[Drained]]
Runs = dict[str, list[Drained]]


async def in_turn(rounds: int, others: Mapping[str, Run], *, ours: Run) -> Runs:
    """Run each of the others and ours behind it, round by round, so that neighbours see the same machine.

    All run once before, which is not counted: then a broker compiles, and files are made that are used again.
    """
    runs: Runs = {"ours": [], **{name: [] for name in others}, **{f"ours beside {name}": [] for name in others}}
    for n in range(1 + rounds):
        for name, run in others.items():
            other, beside = await run(), await ours()
            tell(f"{name}: {other.told()}")
            tell(f"  ours: {beside.told()}{'' if n else ' (not counted)'}")
            if n:
                runs[name].append(other)
                runs["ours"].append(beside)
                runs[f"ours beside {name}"].append(beside)
    return runs


def compared(runs: Runs) -> dict[str, Any]:
    """Give the medians of each, and the medians of the ratios of neighbours: of the rate, and of processor time."""
    told: dict[str, Any] = {name: medians(measured) for name, measured in runs.items() if " beside " not in name}
    for name in [name for name in told if f"ours beside {name}" in runs]:
        told[f"ours to {name}"] = against(runs[f"ours beside {name}"], runs[name])
    return told


def beside_the_best(runs: Runs, names: Iterable[str]) -> dict[str, Any]:
    """Give how ours compare with the fastest of some others, and who that is."""
    best = max(names, key=lambda name: statistics.median(run.per_second for run in runs[name]))
    return {"best": best, **against(runs[f"ours beside {best}"], runs[best])}


def against(ours: Sequence[Drained], others: Sequence[Drained]) -> dict[str, str]:
    """Give by how much ours are faster than their neighbours, and how many times as much processor time these take."""
    pairs = list(zip(ours, others, strict=True))
    return {
        "rate": ratio([a.per_second / b.per_second for a, b in pairs]),
        "cpu": ratio([b.all_us / a.all_us for a, b in pairs]),
    }


def medians(measured: Sequence[Drained]) -> dict[str, Any]:
    """Give the median of each figure."""
    one = [drained.told() for drained in measured]
    groups = one[0]["us"]
    return {
        "per_second": round(statistics.median(o["per_second"] for o in one)),
        "us": {name: round(statistics.median(o["us"][name] for o in one), 1) for name in groups},
        "wal_bytes": round(statistics.median(o["wal_bytes"] for o in one)),
    }


def ratio(ratios: Sequence[float]) -> str:
    """Give the median of ratios, and the lowest and the highest."""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
