"""What an entry, a changed date and a leave do to executions: rows to keep, with how each moment came about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.executions import ExecutionRow, ExecutionState, PlanNote
from contracts.items import Item, ItemEvent
from contracts.rules import Rule

from automation.actions import ACTIONS
from automation.documents import DocumentError
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.postponing import computed, postponed_anew
from automation.reading import read_rule
from automation.rows import Place, changes, in_words, joined, new_row, plan_of
from automation.settling import (
    COUNTS_FROM,
    begun,
    counts_from,
    previous_end,
    release,
    wait_is_over,
    was_decided,
)
from automation.succession import Ends, Migrates, fate
from automation.timing import PlanContext, kind_of, read_timing

WAITING: frozenset[ExecutionState] = frozenset(
    {"waiting", "waiting_for_date", "waiting_for_previous", "waiting_for_signal"}
)
# The kinds of timing that may belong to the entry; none is the first of them.
OF_ENTRY = (None, "immediate")


def lasts(action: str) -> bool:
    """Say whether crm-api answers an action late, as when a person is asked."""
    return action in ACTIONS and ACTIONS[action].lasting


NOTHING: Mapping[UUID, ExecutionRow] = {}
LEFT_OUT: Mapping[str, Any] = {"state": "blocked", "reason": "it has not run here, and was not asked for"}


def is_of_entry(rule: Rule) -> bool:
    """Say whether the rule is dispatched together with the entry, so that no leave cancels it."""
    # Every row that is planned or left asks this: only the kind that may be so is read whole.
    if kind_of(rule.timing) not in OF_ENTRY:
        return False
    try:
        return read_timing(rule.timing).of_entry
    except DocumentError:
        return False


def counts_from_entry(rule: Rule) -> bool:
    """Say whether a rule counts from the entry, which its item says; so may one that cannot be read."""
    try:
        return read_timing(rule.timing).counts_from_entry
    except DocumentError:
        return True


def outlasts_its_stage(rule: Rule) -> bool:
    """Say whether a rule runs though its item has left."""
    return rule.keep_on_leave or is_of_entry(rule)


def plan_entry(
    event: ItemEvent,
    knowledge: Knowledge,
    cause: UUID,
    now: datetime,
    *,
    changed_at: datetime | None = None,
    since: datetime | None = None,
    had: Mapping[UUID, ExecutionRow] = NOTHING,
    only: Collection[UUID] = (),
) -> tuple[ExecutionRow, ...]:
    """Plan each enabled rule of the stage that the item entered; a suppressed entry plans none.

    Times count from the entry unless `since` is set. What the entry `had` by the ids of rules is there already.
    Of rules that are left out where `only` some are meant, nothing comes: what would wait for them is blocked.
    Rows that are due at once wait with `due_at` not after `now`. Raises `RuleSetUnknown` where config is behind.
    """
    if event.suppressed is not None or event.rule_set is None:
        return ()
    item = event.item
    moment = PlanContext(Facts(item, event.linked, knowledge), now, changed_at=changed_at, counts_from=since)
    place = Place(item.id, item.activation, item.stage, event.rule_set, cause)
    rows: list[ExecutionRow] = []
    for position, rule in enumerate(knowledge.rules(event.rule_set, item.stage)):
        row = had.get(rule.id) or plan_rule(rule, position, place, moment, rows)
        rows.append(_unless_left_out(row, only, had))
    return tuple([row for row in rows if _is_new(row.rule, had, only)] if had or only else rows)


def _is_new(rule: UUID, had: Mapping[UUID, ExecutionRow], only: Collection[UUID]) -> bool:
    return rule not in had and (not only or rule in only)


def plan_rule(
    rule: Rule, position: int, place: Place, moment: PlanContext, before: Sequence[ExecutionRow]
) -> ExecutionRow:
    """Plan one rule behind those before it; what waits for the one before shares that one's occurrence."""
    plan = plan_of(rule, moment)
    if plan.state != "waiting_for_previous":
        return new_row(rule, position, place, plan, moment.now)
    if before:
        plan = replace(plan, occurrence=before[-1].occurrence)
    row = new_row(rule, position, place, plan, moment.now)
    if not before and not read_rule(rule, moment.facts.knowledge).timing.needs_previous:
        return begun(row, rule, moment)
    return _follow(before[-1] if before else None, row, rule, moment.facts, moment.now)


def still_open(row: ExecutionRow) -> bool:
    """Say whether a new date may still move the row: it waits, or was past when it was planned."""
    past = row.state == "skipped" and not was_decided(row)
    return (row.state in WAITING or past) and not wait_is_over(row)


def replan(  # noqa: PLR0917 - the truth in the order in which an event brings it
    row: ExecutionRow,
    rule: Rule,
    item: Item,
    linked: tuple[Item, ...],
    knowledge: Knowledge,
    now: datetime,
    cause_words: str,
    *,
    changed_at: datetime | None = None,
) -> ExecutionRow | None:
    """Compute a row afresh from its original start; None where nothing changes or it has fired already.

    The new row has a note of the old moment, the new one and `cause_words`.
    """
    if not still_open(row):
        return None
    facts = Facts(item, linked, knowledge)
    moment = PlanContext(facts, now, previous_end(row), row.occurrence, changed_at, counts_from(row))
    plan = plan_of(rule, moment)
    # A moment that has come in the meantime is not one that was past when it was planned.
    if plan.due_at == computed(row) and plan.state in {row.state, "skipped"}:
        return postponed_anew(row, rule, facts, now, cause_words)
    if plan.state == "waiting_for_previous":
        return None
    note = PlanNote(at=now, old=row.due_at, new=plan.due_at, cause=joined(cause_words, in_words(plan, now)))
    return row.model_copy(update={**changes(plan, now), "version": row.version + 1, "notes": (*row.notes, note)})


def succeed(
    row: ExecutionRow,
    item: Item,
    linked: tuple[Item, ...],
    knowledge: Knowledge,
    now: datetime,
    *,
    changed_at: datetime | None = None,
) -> ExecutionRow | None:
    """Give a waiting row as later publishes have it: cancelled, or moved to their rule; None where it stays.

    A moment that is computed anew may be past. What is retried keeps its moment, and so does what began in an earlier
    activation and does not say itself what it counts from.
    """
    change = fate(row.rule_set, row.rule, row.stage, knowledge) if row.state in WAITING else None
    if change is None:
        return None
    over = {"state": "cancelled", "finished_at": now, "version": row.version + 1}
    if isinstance(change, Ends):
        return row.model_copy(update={**over, "reason": change.words})
    if not (row.activation == item.activation or outlasts_its_stage(change.rule)):
        return row.model_copy(update={**over, "reason": f"left the stage; {change.words}, where it does not stay"})
    moved = move_along(row, change).model_copy(update={"version": row.version + 1})
    if not _is_computed_anew(row, item):
        return moved
    facts = Facts(item, linked, knowledge)
    moment = PlanContext(facts, now, previous_end(row), row.occurrence, changed_at, counts_from(row))
    return _anew(moved, change, moment)


def _is_computed_anew(row: ExecutionRow, item: Item) -> bool:
    return row.round == 1 and (row.activation == item.activation or counts_from(row) is not None)


def move_along(row: ExecutionRow, change: Migrates) -> ExecutionRow:
    """Give a row to its rule as a later publish has it; its moment and its version stay."""
    place = {"rule_set": change.ref, "position": change.position}
    return row.model_copy(update={**place, "rule_key": change.rule.key, "action": change.rule.action})


def leave(row: ExecutionRow, rule: Rule, reason: str, cause: UUID | None, now: datetime) -> ExecutionRow | None:
    """Cancel what has not reached the outside world when its item leaves the stage; None where the row stays.

    A row that is dispatched already comes back still `dispatched`, with the reason: its worker is told to cancel,
    and the worker's answer says which of the two it became. What lasts is called off though it began with the entry.
    """
    begun = row.state == "dispatched"
    if rule.keep_on_leave or not (begun or row.state in WAITING):
        return None
    if is_of_entry(rule) and not (begun and lasts(rule.action)):
        return None
    update: dict[str, Any] = {"version": row.version + 1, "reason": reason, "cause": cause}
    if not begun:
        update |= {"state": "cancelled", "finished_at": now}
    return row.model_copy(update=update)


def stay(row: ExecutionRow, rule: Rule, entered_at: datetime) -> ExecutionRow | None:
    """Let a row that stays when its item leaves keep when that had entered; None where it needs not, or knows it."""
    waits = rule.keep_on_leave and row.state in WAITING and counts_from(row) is None
    if not (waits and counts_from_entry(rule)):
        return None
    seen = {**row.seen, COUNTS_FROM: entered_at.isoformat()}
    return row.model_copy(update={"version": row.version + 1, "seen": seen})


def _unless_left_out(row: ExecutionRow, only: Collection[UUID], had: Mapping[UUID, ExecutionRow]) -> ExecutionRow:
    meant = not only or row.rule in only or row.rule in had
    return row if meant else row.model_copy(update=LEFT_OUT)


def _follow(previous: ExecutionRow | None, row: ExecutionRow, rule: Rule, facts: Facts, now: datetime) -> ExecutionRow:
    """Settle at once what waits for a rule that ended when it was planned."""
    if previous is None:
        words = "there is no enabled rule before it in the stage"
        return row.model_copy(update={"state": "blocked", "reason": words, "finished_at": now})
    released = release(previous, row, rule, facts.knowledge, now, item=facts.item, linked=facts.linked)
    return row if released is None else released.model_copy(update={"version": row.version})


def _anew(row: ExecutionRow, change: Migrates, moment: PlanContext) -> ExecutionRow:
    plan = plan_of(change.rule, moment)
    cause = joined(change.words, in_words(plan, moment.now))
    note = PlanNote(at=moment.now, old=row.due_at, new=plan.due_at, cause=cause)
    return row.model_copy(update={**changes(plan, moment.now), "notes": (*row.notes, note)})
