"""What an item's own announcement does: its copy, the leave of the stage before, moved dates, and the entry's plan."""

from collections.abc import Sequence
from uuid import UUID

from contracts.envelope import Cause
from contracts.executions import ExecutionRow
from contracts.items import ItemChanged, ItemDeleted, ItemEvent, ItemSnapshot, ItemStageChanged

from automation import planning
from automation.desk.acting import dispatch, listen, settled
from automation.desk.desk import Desk
from automation.desk.executions import ACTOR
from automation.desk.leaving import delete, leave
from automation.desk.replanning import replan_item
from automation.desk.told import Told
from automation.succession import superseded
from automation.waiting import LISTEN as UNSETTLED


def on_item_event(desk: Desk, received: Told) -> None:
    """Take an announcement: in the order of its versions news, else a repeat, or an entry that was sent again."""
    event: ItemEvent = received.data
    if not hear(desk, received):
        if begins(event):
            plan_again(desk, received)
        hear_signal(desk, event)
        return
    if event.item.deleted or isinstance(event, ItemDeleted):
        delete(desk, received)
        return
    leave(desk, received)
    replan_item(desk, event.item.id, changed_words(received))
    if begins(event):
        enter(desk, received)
    hear_signal(desk, event)


def hear_signal(desk: Desk, event: ItemEvent) -> None:
    """Keep the signal that reached an item, if any, and let run what waits for it.

    One that changed nothing comes with a version that is known already; a repeat is known by the signal's id.
    """
    if event.signal is not None:
        desk.signals.append((event.item.id, event.item.activation, event.signal))
        listen(desk, event.item.id)


def begins(event: ItemEvent) -> bool:
    """Say whether an announcement is planned: an entry is, and a snapshot of one that the operator wants planned."""
    if isinstance(event, ItemSnapshot):
        return event.since is not None and event.item.entered_at >= event.since
    return isinstance(event, ItemStageChanged)


def hear(desk: Desk, received: Told) -> bool:
    """Bring the copies up to date, and say whether the item announced something newer than all before."""
    event: ItemEvent = received.data
    item = event.item.model_copy(update={"deleted": True}) if isinstance(event, ItemDeleted) else event.item
    copy = desk.copies[item.id]
    if copy.readable_again(event, received.offset, snapshot=isinstance(event, ItemSnapshot)):
        copy.unread = None
        desk.changed_copy(copy)
        desk.wake(item.id)
    for one in (item, *event.linked):
        desk.take(one, changed_words(received) if one is item else f"{one.type} {one.title or one.id} changed")
    if item.version <= copy.heard:
        return False
    copy.heard = item.version
    if isinstance(event, ItemChanged):
        copy.changed_at = received.envelope.time
    desk.changed_copy(copy)
    return True


def enter(desk: Desk, received: Told) -> None:
    """Plan an entry; what is immediate is decided and dispatched here, together with the entry."""
    event: ItemEvent = received.data
    copy = desk.copies[event.item.id]
    if isinstance(event, ItemStageChanged):
        copy.entry = event.item
    desk.entered[event.item.id] = min([event.item.activation, *_listening_since(desk, event.item.id)])
    put_planned(desk, planned(desk, received), received.envelope.follow(ACTOR))


def _listening_since(desk: Desk, item: UUID) -> list[int]:
    """Give the activations of what may still need signals that were heard in them: what stays on leave."""
    return [execution.row.activation for execution in desk.of(item) if execution.row.state in UNSETTLED]


def put_planned(desk: Desk, rows: Sequence[ExecutionRow], cause: Cause) -> None:
    """Put what was planned, all before any is decided; what is immediate is decided and dispatched here."""
    for row in rows:
        desk.put(row, cause)
    outdated = bool(rows) and superseded(rows[0].rule_set, desk.knowledge)
    for row in rows:
        execution = desk.executions[row.id]
        if execution.row.state == "waiting" and planning.is_of_entry(desk.rule(row)):
            dispatch(desk, execution)
        elif outdated or execution.row.state in UNSETTLED:
            settled(desk, execution)


def plan_again(desk: Desk, received: Told) -> None:
    """Take an entry that came late or once more: what exists stays, and what is over is never begun."""
    event: ItemEvent = received.data
    if desk.copies[event.item.id].still_in(event.item.activation):
        enter(desk, received)
        return
    over = {"state": "cancelled", "reason": "left before it was planned", "due_at": None, "finished_at": desk.now}
    for row in planned(desk, received):
        desk.put(row.model_copy(update=over), received.envelope.follow(ACTOR))


def planned(desk: Desk, received: Told) -> list[ExecutionRow]:
    """Plan the rules of an entry that have no execution yet."""
    event: ItemEvent = received.data
    newest = desk.copies[event.item.id].item
    item = newest if newest is not None and newest.activation == event.item.activation else event.item
    seen = event.model_copy(update={"item": item, "linked": desk.linked(item)})
    cause, changed_at = received.envelope.id, desk.copies[item.id].changed_at
    rows = planning.plan_entry(seen, desk.knowledge, cause, desk.now, changed_at=changed_at)
    # Which occurrence of a rule comes first depends on the moment; that it has one says it was planned.
    known = {execution.row.rule for execution in desk.of(item.id, item.activation)}
    return [row for row in rows if row.rule not in known]


def changed_words(received: Told) -> str:
    """Say what an announcement changed, and who did."""
    event: ItemEvent = received.data
    names = ", ".join(sorted(event.changed)) or "it"
    return f"{event.item.type}: {names} changed by {received.envelope.cause.actor}"
