"""A steady load, and the figures that are read off it."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any


async def steadily(per_second: float, seconds: float, do: Callable[[int], Coroutine[Any, Any, None]]) -> list[float]:
    """Do something at a steady pace, whether or not the one before has ended; give when each began (Unix time)."""
    began: list[float] = []
    running: list[asyncio.Task[None]] = []
    start = time.monotonic()
    for n in range(int(per_second * seconds)):
        await asyncio.sleep(max(0.0, start + n / per_second - time.monotonic()))
        began.append(time.time())
        running.append(asyncio.create_task(do(n)))
    await asyncio.gather(*running)
    return began


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Give the median, the 99th percentile and the largest of latencies, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50_ms": round(statistics.median(ordered) * 1000, 1),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000, 1),
        "max_ms": round(ordered[-1] * 1000, 1),
        "n": len(ordered),
    }


def tell(text: str) -> None:
    """Say how far it is."""
    sys.stderr.write(text + "\n")


def conclude(**figures: Any) -> None:
    """End a run with its one line."""
    sys.stdout.write(json.dumps(figures) + "\n")
