"""The command `simulators`: run all ends until told to stop."""

import asyncio
import json
import signal

import uvloop

from simulators.settings import Settings
from simulators.simulation import running


async def serve(settings: Settings) -> None:
    """Run, say where in one JSON line, and stop on SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with running(settings) as simulation:
        print(json.dumps({"http": simulation.http, "smtp": simulation.smtp}), flush=True)  # noqa: T201 - the starter reads it
        await stop.wait()


def main() -> None:
    """Start the command."""
    uvloop.run(serve(Settings()))
