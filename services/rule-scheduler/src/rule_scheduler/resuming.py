"""Brings back what was held, as soon as the pauses are others."""

import asyncio
from collections.abc import Iterator

import structlog
from chassis.database import CONTENDED, UNREACHABLE, Database
from chassis.retry import Pauses

from rule_scheduler import store
from rule_scheduler.reading import Room
from rule_scheduler.writing import FIRE

LOOKS_EVERY = 0.5
log = structlog.get_logger()


class Resuming:
    """Watches the pauses."""

    def __init__(self, room: Room, database: Database) -> None:
        self.room = room
        self.database = database
        self.pauses: object = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the pauses until told to stop; trouble of the database is waited out."""
        pauses: Iterator[float] = iter(Pauses())
        while not stop.is_set():
            try:
                await self.turn()
                await asyncio.sleep(LOOKS_EVERY)
                pauses = iter(Pauses())
            except (*UNREACHABLE, *CONTENDED) as error:
                log.warning("resuming: waits for the database", error=repr(error))
                await asyncio.sleep(next(pauses))

    async def turn(self) -> None:
        """Make what is held due where the pauses are not those of the last look."""
        async with self.database.transaction() as tx:
            pauses = (await self.room.config.view(tx)).pauses
            if pauses is not self.pauses:
                await store.timers.resume(tx, FIRE, await tx.now())
        self.pauses = pauses
