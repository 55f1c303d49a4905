"""The role `fire`: what is due is decided once more on what is known now, and sent on its way.

It never waits for a lock: a timer or an item that somebody holds stays due. While knowledge is stale nothing fires.
Any number of replicas.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from chassis.database import Transaction
from chassis.timers import Timer
from contracts.executions import ExecutionRow

from rule_scheduler import store
from rule_scheduler.desk import Desk
from rule_scheduler.dispatching import dispatch, guarded, time_up
from rule_scheduler.executions import TIMED, Execution
from rule_scheduler.reading import Room
from rule_scheduler.replanning import move, recomputed
from rule_scheduler.succeeding import brought_up
from rule_scheduler.writing import write

OUTDATED = "computed again before it ran"
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
        await write(tx, desk, look_again=self.room.look_again, claimed=frozenset(ids))
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


def due(desk: Desk, execution: Execution) -> None:
    """Dispatch what is due by what is known now; what was planned on older knowledge moves instead."""
    execution = brought_up(desk, execution)
    row = execution.row
    if row.state not in TIMED:
        return
    moved = recomputed(desk, execution, OUTDATED)
    if moved is not None and (moved.state not in TIMED or is_ahead(moved, desk)):
        move(desk, execution, moved)
    elif is_ahead(row, desk):
        desk.awake.add(row.id)
    elif row.state == "waiting_for_signal":
        time_up(desk, execution)
    else:
        dispatch(desk, execution)


def is_ahead(row: ExecutionRow, desk: Desk) -> bool:
    """Say whether the moment of a row is still to come."""
    return row.due_at is not None and row.due_at > desk.now
