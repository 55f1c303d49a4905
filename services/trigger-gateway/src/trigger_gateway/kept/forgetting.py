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


class Forgetting:
    """Looks every few minutes; any number of replicas, which leave each other what they hold."""

    def __init__(self, database: Database, days: int, *, every: float = EVERY) -> None:
        self.database = database
        self.age = timedelta(days=days)
        self.every = every

    async def run(self, stop: asyncio.Event) -> None:
        """Forget until told to stop."""

        async def forget_and_rest() -> bool:
            await self.forget(stop)
            return False

        await turn_until(stop, forget_and_rest, every=self.every, task="forgetting")

    async def forget(self, stop: asyncio.Event) -> int:
        """Forget all whose time is over; give how many it were."""
        forgotten = 0
        for table in ("delivery", "quarantined"):
            count = CHUNK
            while count == CHUNK and not stop.is_set():
                async with self.database.transaction() as tx:
                    count = await stored_kept.forget(tx, table, self.age, CHUNK)
                forgotten += count
        if forgotten:
            log.info("forgetting: deliveries forgotten", count=forgotten)
        return forgotten
