"""The role `fire`: what is due is decided once more on what is known now, and sent on its way.

It never waits for a lock: a timer or an item that somebody holds stays due. While knowledge is stale nothing fires.
Plain dispatches go straight, all else of the same batch over a desk, in the same transaction. Any number of replicas.
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
from rule_scheduler.firing.straight import Straight
from rule_scheduler.reading import Room
from rule_scheduler.writing import write

log = structlog.get_logger()


class Firing:
    """Takes due timers."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.straight = Straight(room)
        self.said_closed = False

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """Fire what may fire, and give the timers that are over; each has the id of its execution."""
        taken = await self.straight.fire(tx, [timer.id for timer in timers])
        return [*taken.over, *await self._decide(tx, taken.left)] if taken.left else taken.over

    async def _decide(self, tx: Transaction, left: dict[UUID, UUID]) -> set[UUID]:
        """Decide executions, each with its item that is held, over a desk; give those that wait no more."""
        copies = await store.copies.look_up(tx, set(left.values()))
        desk = await self.room.desk(tx, copies, executions=left)
        had = [desk.executions[i] for i in left if i in desk.executions]
        for execution in had:
            guarded(desk, execution, due)
        await write(tx, self.room, desk, claimed=frozenset(left))
        return {e.row.id for e in had if desk.executions[e.row.id].row.state not in TIMED}

    async def is_open(self, tx: Transaction) -> bool:
        """Say whether knowledge is fresh enough, and tell once when that changes."""
        opened = await self.room.gate.is_open(tx)
        if not opened and not self.said_closed:
            log.warning("firing: holds, because what it knows is stale")
        elif opened and self.said_closed:
            log.info("firing: goes on")
        self.said_closed = not opened
        return opened
