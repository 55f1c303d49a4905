"""What an entry, a changed date and a leave do to executions: rows to keep, with how each moment came about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.executions import ExecutionRow, ExecutionState, PlanNote
from contracts.ids import execution_id
from contracts.items import Item, ItemEvent
from contracts.rules import Rule, RuleSetRef

from automation.documents import DocumentError
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.reading import read_rule
from automation.settling import previous_end, release, was_decided
from automation.succession import Ends, Migrates, fate
from automation.timing import (
    DueAt,
    DueNow,
    PlanContext,
    Planned,
    SkippedPast,
    WaitingForDate,
    WaitingForPrevious,
    read_timing,
)

WAITING: frozenset[ExecutionState] = frozenset(
    {"waiting", "waiting_for_date", "waiting_for_previous", "waiting_for_signal"}
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a timing's answer means for a row."""

    state: ExecutionState
    due_at: datetime | None = None
    reason: str = ""
    cause: str = ""


def is_of_entry(rule: Rule) -> bool:
    """Say whether the rule is dispatched together with the entry, so that no leave cancels it."""
    try:
        return read_timing(rule.timing).of_entry
    except DocumentError:
        return False


def plan_entry(event: ItemEvent, knowledge: Knowledge, cause: UUID, now: datetime) -> tuple[ExecutionRow, ...]:
    """Plan each enabled rule of the stage that the item entered; a suppressed entry plans none.

    Rows that are due at once wait with `due_at` not after `now`. Raises `RuleSetUnknown` where config is behind.
    """
    if event.suppressed is not None or event.rule_set is None:
        return ()
    facts = Facts(event.item, event.linked, knowledge)
    rows: list[ExecutionRow] = []
    for position, rule in enumerate(knowledge.rules(event.rule_set, event.item.stage)):
        row = _row(rule, event.item, event.rule_set, cause, now, position)
        row = _put(row, _plan(rule, PlanContext(facts, now)), now)
        if row.state == "waiting_for_previous":
            row = _follow(rows[-1] if rows else None, row, rule, facts, now)
        rows.append(row)
    return tuple(rows)


def replan(  # noqa: PLR0917 - the truth in the order in which an event brings it
    row: ExecutionRow,
    rule: Rule,
    item: Item,
    linked: tuple[Item, ...],
    knowledge: Knowledge,
    now: datetime,
    cause_words: str,
) -> ExecutionRow | None:
    """Compute a row afresh from its original start; None where nothing changes or it has fired already.

    The new row has a note of the old moment, the new one and `cause_words`.
    """
    past = row.state == "skipped" and not was_decided(row)
    if row.state not in WAITING and not past:
        return None
    plan = _plan(rule, PlanContext(Facts(item, linked, knowledge), now, previous_end(row)))
    # A moment that has come in the meantime is not one that was past when it was planned.
    if plan.due_at == row.due_at and plan.state in {row.state, "skipped"}:
        return None
    if plan.state == "waiting_for_previous":
        return None
    note = PlanNote(at=now, old=row.due_at, new=plan.due_at, cause=_both(cause_words, plan.cause or plan.reason))
    return row.model_copy(update={**_update(plan, now), "version": row.version + 1, "notes": (*row.notes, note)})


def succeed(
    row: ExecutionRow, item: Item, linked: tuple[Item, ...], knowledge: Knowledge, now: datetime
) -> ExecutionRow | None:
    """Give a waiting row as later publishes have it: cancelled, or moved to their rule; None where it stays.

    A moment that is computed anew may be past. What began in an earlier activation, or is retried, keeps its moment.
    """
    change = fate(row.rule_set, row.rule, row.stage, knowledge) if row.state in WAITING else None
    if change is None:
        return None
    if isinstance(change, Ends):
        over = {"state": "cancelled", "reason": change.words, "finished_at": now, "version": row.version + 1}
        return row.model_copy(update=over)
    moved = row.model_copy(
        update={
            "rule_set": change.ref,
            "rule_key": change.rule.key,
            "position": change.position,
            "action": change.rule.action,
            "version": row.version + 1,
        }
    )
    if row.activation != item.activation or row.round > 1:
        return moved
    return _anew(moved, change, PlanContext(Facts(item, linked, knowledge), now, previous_end(row)))


def leave(row: ExecutionRow, rule: Rule, reason: str, cause: UUID | None, now: datetime) -> ExecutionRow | None:
    """Cancel what has not reached the outside world when its item leaves the stage; None where the row stays.

    A row that is dispatched already comes back still `dispatched`, with the reason: its worker is told to cancel,
    and the worker's answer says which of the two it became.
    """
    if rule.keep_on_leave or row.state not in WAITING | {"dispatched"} or is_of_entry(rule):
        return None
    update: dict[str, Any] = {"version": row.version + 1, "reason": reason, "cause": cause}
    if row.state != "dispatched":
        update |= {"state": "cancelled", "finished_at": now}
    return row.model_copy(update=update)


def _row(  # noqa: PLR0917 - what a row is made of
    rule: Rule, item: Item, ref: RuleSetRef, cause: UUID, now: datetime, position: int
) -> ExecutionRow:
    return ExecutionRow.model_construct(
        id=execution_id(rule.id, item.id, item.activation),
        version=1,
        item=item.id,
        activation=item.activation,
        rule=rule.id,
        rule_key=rule.key,
        rule_set=ref,
        stage=item.stage,
        position=position,
        action=rule.action,
        state="waiting",
        cause=cause,
        planned_at=now,
    )


def _follow(previous: ExecutionRow | None, row: ExecutionRow, rule: Rule, facts: Facts, now: datetime) -> ExecutionRow:
    """Settle at once what waits for a rule that ended when it was planned."""
    if previous is None:
        words = "there is no enabled rule before it in the stage"
        return row.model_copy(update={"state": "blocked", "reason": words, "finished_at": now})
    released = release(previous, row, rule, facts.knowledge, now, item=facts.item, linked=facts.linked)
    return row if released is None else released.model_copy(update={"version": row.version})


def _plan(rule: Rule, moment: PlanContext) -> _Plan:
    try:
        planned = read_rule(rule, moment.facts.knowledge).timing.plan(moment)
    except DocumentError as error:
        return _Plan("failed", reason=f"the rule cannot be read: {error}")
    return _of(planned)


def _of(planned: Planned) -> _Plan:
    match planned:
        case DueNow(at):
            return _Plan("waiting", at, cause="at entry")
        case DueAt(at, cause):
            return _Plan("waiting", at, cause=cause)
        case WaitingForDate(path, why):
            return _Plan("waiting_for_date", reason=why or f"waiting for {path} to be filled")
        case WaitingForPrevious():
            return _Plan("waiting_for_previous", reason="waiting for the rule before it")
        case SkippedPast(at, reason):
            return _Plan("skipped", at, reason=reason)


def _update(plan: _Plan, now: datetime) -> dict[str, Any]:
    over = plan.state in {"skipped", "failed"}
    return {
        "state": plan.state,
        "due_at": plan.due_at,
        "reason": plan.reason,
        "finished_at": now if over else None,
    }


def _anew(row: ExecutionRow, change: Migrates, moment: PlanContext) -> ExecutionRow:
    plan = _plan(change.rule, moment)
    cause = _both(change.words, _late(plan, moment.now))
    note = PlanNote(at=moment.now, old=row.due_at, new=plan.due_at, cause=cause)
    return row.model_copy(update={**_update(plan, moment.now), "notes": (*row.notes, note)})


def _put(row: ExecutionRow, plan: _Plan, now: datetime) -> ExecutionRow:
    notes = (PlanNote.model_construct(at=now, new=plan.due_at, cause=_late(plan, now)),) if plan.due_at else ()
    return row.model_copy(update={**_update(plan, now), "notes": notes})


def _late(plan: _Plan, now: datetime) -> str:
    words = plan.cause or plan.reason
    past = plan.state == "waiting" and plan.cause != "at entry" and plan.due_at is not None and plan.due_at < now
    return f"{words}; the moment was already past, it runs late" if past else words


def _both(cause: str, plan: str) -> str:
    return f"{cause}: {plan}" if cause and plan else cause or plan
