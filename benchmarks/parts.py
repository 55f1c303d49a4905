"""A benchmark of several parts: those that were chosen are measured one after the other, on the same servers."""

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

import stack
from chassis.lifecycle import fastest_loop
from stack import Stack

from benchmarks.load import conclude, tell
from benchmarks.timers.servers import tuned


async def measured(names: str, measure: Callable[[str], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Measure the parts of these names, which commas part, and say of each what came out."""
    told: dict[str, Any] = {}
    for name in names.split(","):
        tell(f"== {name}")
        told[name] = await measure(name)
        for what, figures in told[name].items():
            tell(f"{what:>46}  {figures}")
    return told


def run(benchmark: str, chosen: Namespace, measure: Callable[[Stack, Namespace], Awaitable[dict[str, Any]]]) -> None:
    """Run a benchmark on servers of its own, in the loop that services use."""

    async def measuring(started: Stack) -> dict[str, Any]:
        return await measure(started, chosen)

    with (
        tuned(stack.start(chosen.stack, say=tell)) as started,
        asyncio.Runner(loop_factory=fastest_loop()) as runner,
    ):
        conclude(benchmark=benchmark, **runner.run(measuring(started)))
