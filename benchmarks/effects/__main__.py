"""How fast effects go through ledger and executor, beside a bare process that takes and asks and keeps nothing.

    make bench NAME=effects
    make bench NAME=effects ARGS="--only now --n 8000 --rounds 3"

The real `action-workers sms`, and Twilio's end in a process of its own; `README.md` says what each part measures.
"""

import argparse
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stack import Stack

from benchmarks.effects.paths import NOW, SLOW, hanging, now, parked, slow
from benchmarks.effects.provider import HANGS, answering
from benchmarks.effects.workers import Workers
from benchmarks.parts import measured, run
from benchmarks.timers.processor import Meter

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
    """Measure the parts that were chosen, each with workers of its own."""
    meter = await Meter.of(started)

    async def part(name: str) -> dict[str, Any]:
        with answering() as provider:
            async with Workers(started, f"{name}.", provider, meter) as workers:
                await workers.connect((NOW, SLOW, HANGS))
                return await PARTS[name](workers, chosen)

    return await measured(chosen.only, part)


def main() -> None:
    """Run it."""
    run("effects", read(), measure)


if __name__ == "__main__":
    main()
