"""The job behind a change that touches many: all that rests on it is computed afresh, in chunks.

A calendar, the portal's zone, a person's hours or absences, or an item to which many link. How far each change is
stands in the database, so that a process that dies goes on where it was; one process at a time works on a change.
Each chunk is one short transaction over what nobody else holds; the rest is left to timers. What is urgent goes first:
the more this process receives, and when timers come late, the longer the job rests between chunks.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import structlog
from automation.desk.replanning import replan_item
from automation.grounds import grounds, resting
from automation.knowledge import Knowledge
from chassis.database import Database, Transaction
from chassis.timers import Timer, set_timers
from chassis.turning import turn_until

from rule_scheduler import store
from rule_scheduler.load import Load
from rule_scheduler.reading import Room
from rule_scheduler.store.sweeps import ITEM, Chunk, Sweep
from rule_scheduler.writing import FIRE, REPLAN, write

CHUNK = 300
LOOKS_EVERY = 0.5
# How long the job rests after a chunk, as a multiple of what that took: when nothing else is to do, and when all is.
REST, REST_AT_MOST = 0.25, 9.0
log = structlog.get_logger()


class Sweeps:
    """Computes afresh what rests on something that changed."""

    def __init__(self, room: Room, database: Database, load: Load, *, chunk: int = CHUNK) -> None:
        self.room = room
        self.database = database
        self.load = load
        self.chunk = chunk
        self.noted: Knowledge | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look for changes until told to stop."""

        async def turn_and_rest() -> bool:
            began = time.monotonic()
            more = await self.turn()
            rest = (time.monotonic() - began) * (REST + (REST_AT_MOST - REST) * self.load.share())
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), rest if more else 0)
            return more

        await turn_until(stop, turn_and_rest, every=LOOKS_EVERY, task="sweeps")

    async def turn(self) -> bool:
        """Take one chunk of one change; False where there is nothing to do."""
        async with self.database.transaction() as tx:
            knowledge = await self.room.config.view(tx)
            if knowledge is not self.noted:
                found = grounds(knowledge)
                await store.sweeps.note(tx, await store.sweeps.changed(tx, found), found)
            chosen = await store.sweeps.open_(tx)
            if chosen is not None:
                await self._take(tx, chosen, knowledge)
                self.load.late = await store.timers.is_late(tx, FIRE, await tx.now())
        self.noted = knowledge
        return chosen is not None

    async def _take(self, tx: Transaction, chosen: Sweep, knowledge: Knowledge) -> None:
        chunk = await self._look(tx, chosen, knowledge)
        moved = await self._compute(tx, chunk.items, chosen.words)
        counted = replace(chosen, computed=chosen.computed + len(chunk.items), moved=chosen.moved + moved)
        ahead = counted.over() if chunk.last is None else replace(counted, after=chunk.last)
        await store.sweeps.advance(tx, ahead or counted, ended=ahead is None)
        if ahead is None:
            lasted = (await tx.now() - chosen.began_at).total_seconds()
            tx.after_commit(lambda: _tell(counted, lasted))

    async def _look(self, tx: Transaction, chosen: Sweep, knowledge: Knowledge) -> Chunk:
        if chosen.kind == ITEM:
            return await store.sweeps.linked(tx, chosen, self.chunk)
        rules = resting(chosen.kind, knowledge)  # type: ignore[arg-type]  # those that are not of items are grounds
        if not rules:
            return Chunk([], None)
        return await store.sweeps.waiting(tx, chosen, rules, self.chunk)

    async def _compute(self, tx: Transaction, items: list[UUID], words: str) -> int:
        copies = await store.copies.lock_free(tx, items)
        desk = await self.room.desk(tx, copies)
        for item in copies:
            replan_item(desk, item, words)
        await write(tx, self.room, desk)
        left = sorted(set(items) - copies.keys())
        await set_timers(tx, REPLAN, [Timer(item, desk.now, words.encode()) for item in left])
        return len(desk.changed)


def _tell(done: Sweep, seconds: float) -> None:
    name = "a linked item" if done.kind == ITEM else done.words
    log.info("sweeps: done", of=name, items=done.computed, moved=done.moved, seconds=round(seconds, 1))
