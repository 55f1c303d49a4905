"""Brings back what was held, as soon as the pauses are others."""

import asyncio

from chassis.database import Database
from chassis.turning import turn_until

from rule_scheduler import store
from rule_scheduler.reading import Room
from rule_scheduler.writing import FIRE

LOOKS_EVERY = 0.5


class Resuming:
    """Watches the pauses."""

    def __init__(self, room: Room, database: Database) -> None:
        self.room = room
        self.database = database
        self.pauses: object = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the pauses until told to stop."""
        await turn_until(stop, self.turn, every=LOOKS_EVERY, task="resuming")

    async def turn(self) -> bool:
        """Make what is held due where the pauses are not those of the last look; then there is no more to do."""
        async with self.database.transaction() as tx:
            pauses = (await self.room.config.view(tx)).pauses
            if pauses is not self.pauses:
                await store.timers.resume(tx, FIRE, await tx.now())
        self.pauses = pauses
        return False
