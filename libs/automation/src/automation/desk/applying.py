"""Rules that are applied, on request, to an item that stands in their stage already."""

from contracts.executions import ExecutionRow, PlanNote
from contracts.items import ItemRulesApplied

from automation import planning
from automation.desk.desk import Desk
from automation.desk.entering import changed_words, hear, put_planned
from automation.desk.executions import ACTOR
from automation.desk.leaving import leave
from automation.desk.replanning import replan_item
from automation.desk.told import Told
from automation.rows import joined
from automation.settling import COUNTS_FROM


def on_rules_applied(desk: Desk, received: Told) -> None:
    """Plan the rules that are meant and that the item's present activation has not met; a repeat plans nothing.

    An entry that was suppressed is no exception, since a person asks for it. An activation that is over is.
    """
    event: ItemRulesApplied = received.data
    if hear(desk, received):
        leave(desk, received)
        replan_item(desk, event.item.id, changed_words(received))
    if not desk.copies[event.item.id].still_in(event.item.activation):
        return
    put_planned(desk, _planned(desk, received), received.envelope.follow(ACTOR))


def _planned(desk: Desk, received: Told) -> list[ExecutionRow]:
    event: ItemRulesApplied = received.data
    copy = desk.copies[event.item.id]
    item = copy.item or event.item
    seen = event.model_copy(update={"item": item, "linked": desk.linked(item), "suppressed": None})
    had = {execution.row.rule: execution.row for execution in desk.of(item.id, item.activation)}
    rows = planning.plan_entry(
        seen,
        desk.knowledge,
        received.envelope.id,
        desk.now,
        changed_at=copy.changed_at,
        since=event.counts_from,
        had=had,
        only=event.rules,
    )
    words = f"applied by {received.envelope.cause.actor}"
    return [_applied(row, words, event) for row in rows]


def _applied(row: ExecutionRow, words: str, event: ItemRulesApplied) -> ExecutionRow:
    """Say of a row who asked for it, and keep what it counts from, for when it is computed again."""
    notes = tuple(note.model_copy(update={"cause": joined(words, note.cause)}) for note in row.notes)
    if not notes:
        notes = (PlanNote(at=row.planned_at, cause=words),)
    start = {} if event.counts_from is None else {COUNTS_FROM: event.counts_from.isoformat()}
    return row.model_copy(update={"notes": notes, "seen": {**row.seen, **start}})
