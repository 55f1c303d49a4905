"""How fast and how flat timers are, beside graphile-worker, pg-boss, PgQueuer and procrastinate.

    make bench NAME=timers
    make bench NAME=timers ARGS="--only full --n 100000"
    make bench NAME=timers ARGS="--only fire --n 20000 --profile"

All parts run on the same PostgreSQL and the same Kafka, peers and ours in turn; `README.md` says what each measures.
"""

import argparse
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stack import Stack

from benchmarks.parts import measured, run
from benchmarks.timers.burdens import flat, pinned
from benchmarks.timers.crowds import spike
from benchmarks.timers.holidays import holiday
from benchmarks.timers.paths import fire, full, planning, storage
from benchmarks.timers.timeliness import lateness

Part = Callable[[Stack, Namespace], Awaitable[dict[str, Any]]]
PARTS: Mapping[str, Part] = {
    "storage": storage,
    "full": full,
    "flat": flat,
    "lateness": lateness,
    "spike": spike,
    "pinned": pinned,
    "planning": planning,
    "holiday": holiday,
    "fire": fire,
}


def read() -> Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--n", type=int, default=50_000, help="due timers")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--deals", type=int, default=5_000, help="deals that enter and leave, of four rules each")
    parser.add_argument("--far", type=int, default=1_000_000, help="timers that wait beside (flat)")
    parser.add_argument("--paces", default="1000x20,5000x8", help="timers a second x seconds (lateness)")
    parser.add_argument("--pinned-seconds", type=float, default=20, help="how long old versions are pinned (pinned)")
    parser.add_argument("--waiting", type=int, default=100_000, help="timers that wait for working days (holiday)")
    parser.add_argument("--processes", type=int, default=2, help="processes of the role fire")
    parser.add_argument("--profile", action="store_true", help="part fire: one process, in line, under cProfile")
    parser.add_argument("--inline", action="store_true", help="part fire: one process, in line, not traced")
    parser.add_argument("--stack", default="native", choices=["given", "native"])
    return parser.parse_args()


async def measure(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure the parts that were chosen."""
    return await measured(chosen.only, lambda name: PARTS[name](started, chosen))


def main() -> None:
    """Run it."""
    run("timers", read(), measure)


if __name__ == "__main__":
    main()
