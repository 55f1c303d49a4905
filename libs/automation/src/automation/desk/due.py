"""What is due runs by what is known now; what was planned on older knowledge moves instead."""

from contracts.executions import ExecutionRow

from automation.desk.acting import dispatch, settled, time_up
from automation.desk.desk import Desk
from automation.desk.executions import TIMED, Execution
from automation.desk.replanning import move, recomputed

OUTDATED = "computed again before it ran"


def due(desk: Desk, execution: Execution) -> None:
    """Dispatch what is due by what is known now; what was planned on older knowledge moves instead."""
    execution = settled(desk, execution)
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
