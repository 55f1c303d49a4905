"""The scheduler's own processes, as a deployment starts them, to be killed at any moment."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rule_scheduler.testing.deployed import Deployed

COMMAND = Path(sys.executable).with_name("rule-scheduler")


async def start(scheduler: Deployed, role: str) -> Process:
    """Start a process of a role, or of `all`."""
    settings = scheduler.settings
    told = {
        "RULE_SCHEDULER_DATABASE_URL": settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "KAFKA_PARTITIONS": str(settings.kafka_partitions),
        "TOPIC_PREFIX": settings.topic_prefix,
        "SESSION_TIMEOUT": str(settings.session_timeout),
    }
    return await asyncio.create_subprocess_exec(COMMAND, role, env=told, stdout=DEVNULL, stderr=DEVNULL)


class Replicas:
    """Processes that run side by side; one that is killed is started again."""

    def __init__(self, scheduler: Deployed) -> None:
        self.scheduler = scheduler
        self.running: list[tuple[str, Process]] = []
        self.kills = 0

    async def kill(self, number: int) -> None:
        """Kill a process, whatever it does now, and start another one of its role."""
        role, process = self.running[number]
        process.kill()
        await process.wait()
        self.kills += 1
        self.running[number] = role, await start(self.scheduler, role)

    async def end(self) -> None:
        """Let all end as they should."""
        for _, process in self.running:
            if process.returncode is None:
                process.terminate()
        for _, process in self.running:
            await process.wait()


@asynccontextmanager
async def replicas(scheduler: Deployed, roles: Sequence[str]) -> AsyncIterator[Replicas]:
    """Run a process for each of these roles while the block lasts."""
    made = Replicas(scheduler)
    try:
        for role in roles:
            made.running.append((role, await start(scheduler, role)))
        yield made
    finally:
        await made.end()
