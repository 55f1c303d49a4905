"""How fast effects go through ledger and executor, beside a bare process that takes and asks and keeps nothing.

    make bench NAME=effects
    make bench NAME=effects ARGS="--only now --n 8000 --rounds 3"

The real `action-workers sms`, and Twilio's end in a process of its own; `README.md` says what each part measures.
"""

import argparse
import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import stack
from chassis.lifecycle import fastest_loop
from stack import Stack

from benchmarks.effects.paths import NOW, SLOW, hanging, now, parked, slow
from benchmarks.effects.provider import HANGS, answering
from benchmarks.effects.workers import Workers
from benchmarks.load import conclude, tell
from benchmarks.timers.processor import Meter
from benchmarks.timers.servers import tuned

Part = Callable[[Workers, Namespace], Awaitable[dict[str, Any]]]
PARTS: Mapping[str, Part] = {"now": now, "slow": slow, "parked": parked, "hanging": hanging}


def read() -> Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--n", type=int, default=4000, help="effects of a run; a quarter where the provider is slow")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1, help="processes of ours (now, slow)")
    parser.add_argument("--parked", type=int, default=200_000, help="retries that wait (parked)")
    parser.add_argument("--hung", type=int, default=200, help="effects that are ordered of what hangs (hanging)")
    parser.add_argument("--stack", default="native", choices=["given", "native"])
    return parser.parse_args()


async def measure(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure the parts that were chosen, one after the other."""
    told: dict[str, Any] = {}
    meter = await Meter.of(started)
    for name in chosen.only.split(","):
        tell(f"== {name}")
        with answering() as provider:
            async with Workers(started, f"{name}.", provider, meter) as workers:
                await workers.connect((NOW, SLOW, HANGS))
                told[name] = await PARTS[name](workers, chosen)
        for what, figures in told[name].items():
            tell(f"{what:>46}  {figures}")
    return told


def main() -> None:
    """Run it."""
    chosen = read()
    with (
        tuned(stack.start(chosen.stack, say=tell)) as started,
        asyncio.Runner(loop_factory=fastest_loop()) as runner,
    ):
        conclude(benchmark="effects", **runner.run(measure(started, chosen)))


if __name__ == "__main__":
    main()
