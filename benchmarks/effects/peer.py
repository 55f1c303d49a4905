"""Runs of the bare process: the same actions on a topic of its own, the same provider, as much at once."""

import asyncio
import sys
import time
from dataclasses import replace

from chassis.kafka import Kafka, make_topics
from chassis.outbox import Outbox
from contracts import topics

from benchmarks.deployed import put
from benchmarks.effects.orders import orders
from benchmarks.effects.provider import account
from benchmarks.effects.workers import WARM, Workers
from benchmarks.load import tell
from benchmarks.timers.draining import Drained

TOPIC = topics.ACTIONS["sms"].name


class Peer:
    """The bare process beside some workers."""

    def __init__(self, workers: Workers, concurrency: int) -> None:
        self.workers = workers
        self.concurrency = concurrency

    async def drained(self, count: int, pause: int) -> Drained:
        """Order so many of a new bare process, and wait until it has committed the offsets of all."""
        kafka = replace(self.workers.kafka, prefix=f"bare{time.monotonic_ns()}.")
        await make_topics(kafka, only=[TOPIC])
        process = await self._started(kafka, pause)
        try:
            outbox = Outbox(kafka, "/rule-scheduler")
            await put(outbox, orders(outbox, range(WARM), pause))
            await said(process, WARM)
            return await self._measured(outbox, process, count, pause)
        finally:
            process.terminate()
            await process.wait()

    async def _measured(self, outbox: Outbox, process: asyncio.subprocess.Process, count: int, pause: int) -> Drained:
        messages = orders(outbox, range(count), pause)
        provider, meter = self.workers.provider, self.workers.meter
        before = await provider.accepted(pause)
        spent, began = meter.read([process.pid]), time.monotonic()
        await put(outbox, messages)
        await said(process, WARM + count)
        seconds, now = time.monotonic() - began, meter.read([process.pid])
        asked = await provider.accepted(pause) - before
        if asked != count:
            tell(f"WRONG: {count} were ordered, {asked} asked for")
        return Drained(count, seconds, now.since(spent), 0)

    async def _started(self, kafka: Kafka, pause: int) -> asyncio.subprocess.Process:
        given = {
            "kafka": kafka.bootstrap_servers,
            "topic": kafka.named(TOPIC),
            "provider": self.workers.provider.url,
            "account": account(pause),
            "concurrency": str(self.concurrency),
        }
        words = [word for name, value in given.items() for word in (f"--{name}", value)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.effects.bare", *words, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            await process.stdout.readline()
        return process


async def said(process: asyncio.subprocess.Process, count: int) -> None:
    """Wait until a bare process says that it has done so many."""
    assert process.stdout is not None
    async with asyncio.timeout(600):
        while line := await process.stdout.readline():
            if int(line) >= count:
                return
    raise RuntimeError("the bare process ended")
