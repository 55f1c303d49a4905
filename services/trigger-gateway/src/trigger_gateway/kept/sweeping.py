"""Forgets deliveries when their time is over, in chunks, each a transaction of its own."""

import asyncio
from datetime import timedelta

import structlog
from chassis.database import Database
from chassis.turning import turn_until

from trigger_gateway.store import kept as stored_kept

EVERY = 600.0
CHUNK = 2000
log = structlog.get_logger()


class Sweeping:
    """Sweeps every few minutes; any number of replicas, which leave each other what they hold."""

    def __init__(self, database: Database, days: int, *, every: float = EVERY) -> None:
        self.database = database
        self.age = timedelta(days=days)
        self.every = every

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until told to stop."""

        async def sweep_and_rest() -> bool:
            await self.sweep(stop)
            return False

        await turn_until(stop, sweep_and_rest, every=self.every, task="sweeping")

    async def sweep(self, stop: asyncio.Event) -> int:
        """Forget all whose time is over; give how many it were."""
        swept = 0
        for table in ("delivery", "quarantined"):
            count = CHUNK
            while count == CHUNK and not stop.is_set():
                async with self.database.transaction() as tx:
                    count = await stored_kept.sweep(tx, table, self.age, CHUNK)
                swept += count
        if swept:
            log.info("sweeping: deliveries forgotten", count=swept)
        return swept
