"""What people order of an execution: to cancel what has not happened, to try once more what failed."""

from contracts.executions import EffectSeen, ExecutionRow, ExecutionState, PlanNote
from contracts.orders import CancelExecution, RetryExecution
from contracts.outcomes import EffectState

from automation.desk.acting import dispatch, follow
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.leaving import call_off, cancel
from automation.desk.series import after, go_on
from automation.desk.told import Told

RETRYABLE: frozenset[ExecutionState] = frozenset({"failed", "uncertain", "missed", "skipped", "cancelled", "blocked"})
HAPPENED: frozenset[EffectState] = frozenset({"sent", "confirmed", "bounced"})


def on_cancel(desk: Desk, received: Told) -> None:
    """Cancel what has not reached the outside world; the rule after it hears of it, and a series goes on."""
    order: CancelExecution = received.data
    execution = desk.named(order.execution)
    if execution is None:
        return
    _cancel(desk, execution, received)
    if order.series:
        # What follows on it may have been planned since the order was given.
        for later in after(desk, execution.row):
            _cancel(desk, later, received)


def _cancel(desk: Desk, execution: Execution, received: Told) -> None:
    order: CancelExecution = received.data
    reason = f"cancelled by {order.by}: {order.reason}" if order.reason else f"cancelled by {order.by}"
    cancelled = cancel(execution.row, reason, received.envelope.id, desk)
    if cancelled is None or execution.row.cause == received.envelope.id:
        return
    put = desk.put(cancelled, execution.cause)
    call_off(desk, put, received)
    if cancelled.state == "cancelled":
        if not order.series:
            go_on(desk, put)
        follow(desk, put)


def on_retry(desk: Desk, received: Told) -> None:
    """Begin a new round of what did not succeed; once for each order, and only while the item is still there."""
    order: RetryExecution = received.data
    execution = desk.named(order.execution)
    if execution is None:
        return
    row, cause = execution.row, received.envelope.follow(execution.cause.actor)
    if row.state not in RETRYABLE or execution.cause.causation == cause.causation:
        return
    if not desk.may_run(row, desk.rule(row)):
        note = PlanNote(at=desk.now, cause=f"not retried for {order.by}: the item has left the stage")
        refused = row.model_copy(update={"version": row.version + 1, "notes": (*row.notes, note)})
        desk.put(refused, cause)
        return
    dispatch(desk, desk.put(next_round(row, order, desk), cause))


def next_round(row: ExecutionRow, order: RetryExecution, desk: Desk) -> ExecutionRow:
    """Give the row as due now in a new round; effects that have happened stay as they are."""
    note = PlanNote(at=desk.now, old=row.due_at, new=desk.now, cause=f"retried by {order.by}")
    update = {
        "version": row.version + 1,
        "round": row.round + 1,
        "state": "waiting",
        "reason": "",
        "due_at": desk.now,
        "finished_at": None,
        "effects": tuple(asked_again(effect) for effect in row.effects),
        "notes": (*row.notes, note),
    }
    return row.model_copy(update=update)


def asked_again(effect: EffectSeen) -> EffectSeen:
    """Give an effect as it stands when its execution is tried once more."""
    return effect if effect.state in HAPPENED else effect.model_copy(update={"state": "planned", "reason": ""})
