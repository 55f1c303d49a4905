"""How long it takes to simulate a recorded month in which people and senders did much, with rules of all timing kinds.

make bench NAME=simulation ARGS="--items 5000"
"""

import argparse
import resource
import time
from typing import Any

from crm_api.simulation.child import Running
from crm_api.simulation.running import Trial
from crm_api.testing import month, recorded

from benchmarks.load import conclude, tell

LOOK_AGAIN = 0.05
KB = 1 << 10


def measure(items: int, days: int, seed: int) -> dict[str, Any]:
    """Make a month, and simulate it as the job does: in a process of its own, which tells all that it found."""
    recording = recorded.recording(month.deeds(seed, items, days=days), days)
    tell(f"{len(recording.happened)} things happened to {items} clients and their deals")
    began = time.monotonic()
    running = Running(recording, Trial(month.PIPELINE))
    summary: dict[str, Any] | None = None
    while summary is None:
        told = running.next()
        if told is None:
            time.sleep(LOOK_AGAIN)
        elif told[0] == "summary":
            summary = dict(told[1])
    seconds = time.monotonic() - began
    running.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "benchmark": "simulation",
        "items": items,
        "days": days,
        "happened": len(recording.happened),
        "executions": summary["executions"],
        "effects": summary["effects"],
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": used.ru_maxrss // KB,
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    conclude(**measure(chosen.items, chosen.days, chosen.seed))


if __name__ == "__main__":
    main()
