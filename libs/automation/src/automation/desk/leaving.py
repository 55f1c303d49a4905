"""What a leave ends: all that has not reached the outside world, with the reason."""

from uuid import UUID

from contracts import topics
from contracts.actions import CancelAction
from contracts.commands import WithdrawCommand
from contracts.executions import ExecutionRow
from contracts.items import ItemEvent
from contracts.rules import Rule

from automation import planning
from automation.desk.acting import follow, worker_topic
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.told import Told


def leave(desk: Desk, received: Told) -> None:
    """Cancel what belongs to activations before that of the event; what stays and waits for such hears of it."""
    event: ItemEvent = received.data
    item = event.item
    reason = f"left the stage: moved to {item.stage} by {received.envelope.cause.actor}"
    ended: list[Execution] = []
    for execution in desk.of(item.id):
        row = execution.row
        if row.activation >= item.activation or (row.state == "dispatched" and row.reason):
            continue
        rule = desk.rule(row)
        left = planning.leave(row, rule, reason, received.envelope.id, desk.now)
        if left is None:
            _stay(desk, execution, rule)
            continue
        ended.append(desk.put(left, execution.cause))
        call_off(desk, ended[-1], received)
    for execution in ended:
        follow(desk, execution)


def delete(desk: Desk, received: Told) -> None:
    """Cancel all that has not been sent of a deleted item."""
    for execution in desk.of(received.data.item.id):
        cancelled = cancel(execution.row, "item_deleted", received.envelope.id, desk)
        if cancelled is not None:
            call_off(desk, desk.put(cancelled, execution.cause), received)


def cancel(row: ExecutionRow, reason: str, cause: UUID, desk: Desk) -> ExecutionRow | None:
    """Cancel a row whatever its rule says; what is dispatched stays so until its worker answers; None: it has ended."""
    update = {"version": row.version + 1, "reason": reason, "cause": cause}
    if row.state in planning.WAITING:
        return row.model_copy(update={**update, "state": "cancelled", "finished_at": desk.now})
    return row.model_copy(update=update) if row.state == "dispatched" else None


def _stay(desk: Desk, execution: Execution, rule: Rule) -> None:
    """Let what stays keep the moment of its entry: the item tells that of the present one alone."""
    row, entry = execution.row, desk.copies[execution.row.item].entry
    if entry is None or entry.activation != row.activation:
        return
    stays = planning.stay(row, rule, entry.entered_at)
    if stays is not None:
        desk.put(stays, execution.cause)


def call_off(desk: Desk, execution: Execution, received: Told) -> None:
    """Ask the worker not to do what is dispatched; crm-api checks its commands by itself, but for those that last."""
    row = execution.row
    if row.state != "dispatched":
        return
    told = Execution(row, received.envelope.follow(execution.cause.actor))
    topic = worker_topic(row.action)
    if topic is not None:
        desk.say(topic, CancelAction(execution=row.id, item=row.item, reason=row.reason), told)
    elif planning.lasts(row.action):
        off = WithdrawCommand(execution=row.id, round=row.round, item=row.item, reason=row.reason)
        desk.say(topics.COMMANDS, off, told)
