"""Tells of every execution once more, for timelines that were restored or begin anew; in chunks, resumable.

What is announced changes nothing here: readers keep a row only over a lower version. The next chunk is written only
while little else waits to be carried, so that nobody waits behind it.
"""

import asyncio
from typing import Self

from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.process import Process
from chassis.turning import turn_until

from rule_scheduler import store
from rule_scheduler.store.announcements import Announced
from rule_scheduler.writing import announced, documented

CHUNK = 500
MOST_WAITING = 2_000
LOOK_AGAIN = 0.2


class Announcing:
    """One announcement of all executions, which has begun; `told` is how many were told."""

    def __init__(self, process: Process[Knowledge]) -> None:
        self.process = process
        self.told = 0
        self._last: int | None = None

    @classmethod
    async def begin(cls, process: Process[Knowledge]) -> Self:
        """Begin an announcement, or go on with one that was broken off."""
        async with process.database.transaction() as tx:
            await store.announcements.begin(tx)
        return cls(process)

    async def run(self, stop: asyncio.Event) -> None:
        """Announce until all is told and carried, or until told to stop; then a later run goes on.

        Whoever writes executions may wait for us while we wait for them: the database ends one of both, and we begin
        the turn anew.
        """

        async def tell() -> bool:
            async with self.process.database.transaction() as tx:
                told = await self.turn(tx)
            self.told = told.announced
            if told.ended and await self._is_carried():
                stop.set()
            return not (told.crowded or told.ended)

        await turn_until(stop, tell, every=LOOK_AGAIN, task="announcing")

    async def _is_carried(self) -> bool:
        """Say whether all is carried that waited when all was told."""
        # What a turn tells stands in the outbox once it is committed, not before.
        async with self.process.database.transaction() as tx:
            if self._last is None:
                self._last = await store.announcements.last_waiting(tx)
            return not await store.announcements.waits(tx, self._last)

    async def turn(self, tx: Transaction) -> Announced:
        """Tell of one chunk, unless too much waits to be carried."""
        at = await store.announcements.lock(tx)
        if at.ended or await store.announcements.is_crowded(tx, MOST_WAITING):
            return at if at.ended else Announced(at.after, at.announced, crowded=True)
        executions = await store.announcements.next_chunk(tx, at.after, CHUNK)
        await self._tell(tx, executions)
        last = executions[-1].row.id if executions else at.after
        ahead = Announced(last, at.announced + len(executions), ended=len(executions) < CHUNK)
        await store.announcements.keep(tx, ahead)
        return ahead

    async def _tell(self, tx: Transaction, executions: list[Execution]) -> None:
        desk = Desk(
            knowledge=Knowledge.grown(None, ()),
            now=await tx.now(),
            gate_open=False,
            copies=await store.copies.look_up(tx, {e.row.item for e in executions}),
            executions={e.row.id: e for e in executions},
        )
        await self.process.outbox.put(tx, announced(self.process.outbox, desk, documented(executions)))
