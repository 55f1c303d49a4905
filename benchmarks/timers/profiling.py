"""Where the time of one `fire` process goes: it runs inside this process, under cProfile."""

import asyncio
import cProfile
import io
import os
import pstats
import sys
from typing import Any

from automation.knowledge import Knowledge
from chassis.process import opened
from pydantic import SecretStr
from rule_scheduler import main
from rule_scheduler.settings import Settings

from benchmarks.timers.draining import Drained, Ours
from benchmarks.timers.planting import clear

LONGEST = 45


async def profiled(ours: Ours, count: int, *, trace: bool = True) -> Drained:
    """Drain in this very process and print what took longest; without `trace` nothing is traced."""
    await clear(ours.scheduler)
    planted = await ours.overdue(count)
    await ours.scheduler.vacuum()
    environment = ours.scheduler.environment
    settings = Settings(
        database_url=SecretStr(ours.scheduler.url),
        kafka_bootstrap_servers=environment.stack.kafka,
        kafka_partitions=environment.partitions,
        topic_prefix=environment.prefix,
        max_staleness=3600,
    )
    stop = asyncio.Event()
    async with opened(main.SERVICE, settings, Knowledge.grown) as process:
        main.wire(process, settings, ("fire",))
        running = asyncio.create_task(process.run(stop))
        await asyncio.sleep(2)
        profile = cProfile.Profile()
        if trace:
            profile.enable()
        try:
            return await ours.drain(planted, [os.getpid()])
        finally:
            profile.disable()
            stop.set()
            await running
            if trace:
                show(profile)


def show(profile: Any) -> None:
    """Print the functions that took longest, by themselves and with all that they call."""
    for order in ("tottime", "cumulative"):
        out = io.StringIO()
        pstats.Stats(profile, stream=out).sort_stats(order).print_stats(LONGEST)
        sys.stderr.write(out.getvalue())
