"""How much memory each process of the small installation holds after ten minutes at 50 moves a second.

make bench NAME=memory ARGS="--seconds 600"
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any

import psutil
import stack

from benchmarks.load import conclude, steadily, tell
from benchmarks.moving import Moving
from deploy.local import Installation

DEALS = 400
MB = 1 << 20


async def measure(rate: float, seconds: float, kind: stack.Kind) -> dict[str, Any]:
    """Load the installation and read the sizes."""
    with stack.start(kind, say=tell) as started:
        async with Installation(started, Path(".local"), say=tell) as installation:
            before = sizes(installation)
            moving = Moving(installation)
            await moving.set_up(DEALS)
            began = await steadily(rate, seconds, moving.move)
            await moving.arrived(DEALS + len(began), within=300)
            after = sizes(installation)
    whole = sum(after[name] for name in installation.names)
    return {"benchmark": "memory", "moves": len(began), "idle_mb": before, "loaded_mb": after, "services_mb": whole}


def sizes(installation: Installation) -> dict[str, int]:
    """Give the resident size of each process, in MB."""
    servers = {name: server.pid for name, server in installation.run.servers.items() if ".migrate" not in name}
    return {name: psutil.Process(pid).memory_info().rss // MB for name, pid in servers.items()}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--stack", default="native", choices=["auto", "given", "container", "native"])
    chosen = parser.parse_args()
    conclude(**asyncio.run(measure(chosen.rate, chosen.seconds, chosen.stack)))


if __name__ == "__main__":
    main()
