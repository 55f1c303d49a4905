"""Brings back what was held, as soon as the pauses are others; in chunks, each a transaction of its own."""

import asyncio
from uuid import UUID

from chassis.database import Database, Transaction
from chassis.turning import turn_until

from rule_scheduler import store
from rule_scheduler.reading import Room
from rule_scheduler.writing import FIRE

CHUNK = 2_000
LOOKS_EVERY = 0.5
FIRST = UUID(int=0)


class Resuming:
    """Watches the pauses.

    All that is held is looked at when they change, and once more when every transaction has ended that may not have
    seen the change: it may have held something by what was before. A process that starts looks at all.
    """

    def __init__(self, room: Room, database: Database, *, chunk: int = CHUNK) -> None:
        self.room = room
        self.database = database
        self.chunk = chunk
        self.pauses: object = None
        self.after: UUID | None = None
        self.noticed: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the pauses until told to stop."""
        await turn_until(stop, self.turn, every=LOOKS_EVERY, task="resuming")

    async def turn(self) -> bool:
        """Make the next of what is held due; False where there is no more to do now."""
        async with self.database.transaction() as tx:
            pauses = (await self.room.config.view(tx)).pauses
            after, noticed = await self._where(tx, anew=pauses is not self.pauses)
            last = None if after is None else await store.timers.resume(tx, FIRE, await tx.now(), after, self.chunk)
        self.pauses, self.noticed, self.after = pauses, noticed, last
        return last is not None

    async def _where(self, tx: Transaction, *, anew: bool) -> tuple[UUID | None, int | None]:
        """Give where to go on, and the transaction before which all must have ended for the second look."""
        if anew:
            return FIRST, await store.timers.number(tx)
        if self.after is not None or self.noticed is None:
            return self.after, self.noticed
        over = await store.timers.all_ended_before(tx, self.noticed)
        return (FIRST, None) if over else (None, self.noticed)
