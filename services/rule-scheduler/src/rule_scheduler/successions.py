"""The job behind a publish that migrates or cancels: all items that wait on older rule sets, in chunks.

How far it is stands in the database, so that a process that dies goes on where it was, and replicas share the work.
Each chunk sets timers; each timer brings one item up under that item's lock.
"""

import asyncio
from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from automation.desk.succeeding import bring_up
from automation.knowledge import Knowledge
from chassis.database import Database, Transaction
from chassis.timers import Timer, set_timers
from chassis.turning import turn_until
from contracts.rules import RuleSet

from rule_scheduler import store
from rule_scheduler.reading import Room
from rule_scheduler.writing import write

SUCCEED = "succeed"
CHUNK = 500
# While so many are told and not yet brought up, no more are told.
MOST_WAITING = 2_000
LOOKS_EVERY = 0.5
log = structlog.get_logger()


class Successions:
    """Sees to what waits whenever rule sets are published that say so."""

    def __init__(self, room: Room, database: Database, *, chunk: int = CHUNK) -> None:
        self.room = room
        self.database = database
        self.chunk = chunk
        self.seen: object = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look for publishes until told to stop."""
        await turn_until(stop, self.turn, every=LOOKS_EVERY, task="successions")

    async def turn(self) -> bool:
        """Take one chunk of one publish; False where there is nothing to do."""
        async with self.database.transaction() as tx:
            knowledge = await self.room.config.view(tx)
            if knowledge.rule_sets is self.seen:
                return False
            chosen = await store.successions.open_(tx, asking(knowledge))
            if chosen is not None and await store.timers.wait(tx, SUCCEED, MOST_WAITING):
                return False
            if chosen is None:
                # What another process works on is left to it, as long as it lives; what somebody may not see yet waits.
                if not await store.successions.is_any_open(tx):
                    self.seen = knowledge.rule_sets
                return False
            await self._take(tx, chosen)
            return True

    async def _take(self, tx: Transaction, chosen: store.successions.Succession) -> None:
        items = await store.successions.waiting(tx, chosen, self.chunk)
        now = await tx.now()
        await set_timers(tx, SUCCEED, [Timer(item, now) for item in items])
        ended = len(items) < self.chunk
        await store.successions.advance(tx, chosen, items[-1] if items else chosen.after, ended=ended)
        if ended:
            log.info("successions: all items are told", pipeline=chosen.pipeline, number=chosen.number)

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """Bring up the items that nobody else holds."""
        copies = await store.copies.lock_free(tx, [timer.id for timer in timers])
        desk = await self.room.desk(tx, copies)
        for timer in timers:
            if timer.id in copies:
                bring_up(desk, timer.id)
        await write(tx, self.room, desk)
        return copies.keys()


def asking(knowledge: Knowledge) -> list[RuleSet]:
    """Give the rule sets whose publishers chose something for what waited."""
    return [one for one in knowledge.rule_sets.values() if one.waiting != "keep"]
