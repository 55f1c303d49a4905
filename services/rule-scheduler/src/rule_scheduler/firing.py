"""The role `fire`: what is due is decided once more on what is known now, and sent on its way.

It never waits for a lock: a timer or an item that somebody holds stays due. While knowledge is stale nothing fires.
Any number of replicas.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from automation.desk.acting import guarded
from automation.desk.due import due
from automation.desk.executions import TIMED
from chassis.database import Transaction
from chassis.timers import Timer

from rule_scheduler import store
from rule_scheduler.reading import Room
from rule_scheduler.writing import write

log = structlog.get_logger()


class Firing:
    """Takes due timers."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.said_closed = False

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """Fire what may fire, and give the timers that are over; each has the id of its execution."""
        if not await self.is_open(tx):
            return ()
        ids = [timer.id for timer in timers]
        desk = await self.room.desk(tx, await store.copies.hold(tx, ids), executions=ids)
        had = [desk.executions[i] for i in ids if i in desk.executions]
        for execution in had:
            guarded(desk, execution, due)
        await write(tx, self.room, desk, claimed=frozenset(ids))
        over = {e.row.id for e in had if desk.executions[e.row.id].row.state not in TIMED}
        return over if len(had) == len(ids) else over | await store.executions.missing(tx, ids)

    async def is_open(self, tx: Transaction) -> bool:
        """Say whether knowledge is fresh enough, and tell once when that changes."""
        opened = await self.room.gate.is_open(tx)
        if not opened and not self.said_closed:
            log.warning("firing: holds, because what it knows is stale")
        elif opened and self.said_closed:
            log.info("firing: goes on")
        self.said_closed = not opened
        return opened
