"""Which timers a desk sets, and which are over."""

from datetime import datetime
from operator import attrgetter
from uuid import UUID

from automation.desk.desk import Desk
from automation.desk.executions import TIMED


def to_fire(desk: Desk) -> dict[UUID, datetime]:
    """Give the moments to set: of each changed row that waits for a moment, and of those that were woken."""
    moments: dict[UUID, datetime] = {}
    for execution_id in (*desk.changed, *desk.awake):
        row = desk.executions[execution_id].row
        if row.state in TIMED and row.due_at is not None and row.id not in desk.held:
            moments[row.id] = row.due_at
    return {i: moments[i] for i in sorted(moments, key=attrgetter("int"))}


def over_timers(desk: Desk) -> set[UUID]:
    """Give the executions whose timer must go: those that waited for a moment and do not any more."""
    return {i for i in desk.had_timer if desk.executions[i].row.state not in TIMED}
