"""How an execution ends, and what its end means for the rule after it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.executions import PENDING, ExecutionRow, ExecutionState, PlanNote
from contracts.items import Item
from contracts.outcomes import EffectState
from contracts.rules import Rule, RuleSetRef

from automation.documents import DocumentError
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.lateness import IN_TIME
from automation.paths import ANY_ITEM
from automation.reading import read_rule
from automation.rows import LATE
from automation.timing import DueAt, PlanContext, Planned, SkippedPast, WaitingForSignal
from automation.timing.after_previous import OUTCOME

__all__ = ["OUTCOME", "chain", "follows", "previous", "previous_end", "release", "settle", "was_decided"]

OPEN: frozenset[EffectState] = frozenset({"planned", "buffered", "claimed", "awaited"})
# The first of these that any effect reached is what the execution came to.
ORDER: tuple[tuple[frozenset[EffectState], ExecutionState], ...] = (
    (frozenset({"failed"}), "failed"),
    (frozenset({"uncertain"}), "uncertain"),
    (frozenset({"sent", "confirmed", "bounced"}), "succeeded"),
    (frozenset({"cancelled"}), "cancelled"),
    (frozenset({"missed"}), "missed"),
)
# Where a row keeps when the rule before it ended, what it counts from instead of the entry, and which version of the
# item a decision saw.
PREVIOUS_END = "previous.ended_at"
COUNTS_FROM = "counts_from"
DECIDED_ON = "item.version"
# How the reason of a rule begins whose condition could not be decided.
UNDECIDED = "unknown"


def settle(states: Collection[EffectState], expected: int) -> ExecutionState | None:
    """Say what an execution came to from the states of its effects; None while some have not answered."""
    if len(states) < expected or any(state in OPEN for state in states):
        return None
    return next((end for reached, end in ORDER if not reached.isdisjoint(states)), "skipped")


def previous(rule: Rule, ref: RuleSetRef, stage: str, knowledge: Knowledge) -> Rule | None:
    """Give the nearest enabled rule before a rule in its stage."""
    rules = knowledge.rules(ref, stage)
    place = next((number for number, one in enumerate(rules) if one.id == rule.id), 0)
    return rules[place - 1] if place else None


def follows(rule: Rule, knowledge: Knowledge) -> bool:
    """Say whether a rule waits for the one before it; one that cannot be read does not."""
    try:
        return read_rule(rule, knowledge).timing.after_previous_rule
    except DocumentError:
        return False


def chain(rule: UUID, ref: RuleSetRef, stage: str, knowledge: Knowledge) -> frozenset[UUID]:
    """Give the rules of a stage that run one after the other with this one, itself among them."""
    found: list[UUID] = []
    for one in knowledge.rules(ref, stage):
        if not follows(one, knowledge):
            if rule in found:
                break
            found = []
        found.append(one.id)
    return frozenset(found) if rule in found else frozenset({rule})


def release(
    previous: ExecutionRow,
    row: ExecutionRow,
    rule: Rule,
    knowledge: Knowledge,
    now: datetime,
    *,
    item: Item = ANY_ITEM,
    linked: tuple[Item, ...] = (),
) -> ExecutionRow | None:
    """Say what the end of the rule before it makes of a row: due at a moment, or ended and why; None: it still waits.

    A blocked row is released too, when a retry makes the rule before it succeed later. What is uncertain, or was
    skipped because its condition could not be decided, holds it until that is settled. The item is needed only where
    the zone or the working time is that of its people.
    """
    if row.state not in {"waiting_for_previous", "blocked"} or is_unsettled(previous):
        return None
    try:
        return _freed(previous, row, rule, PlanContext(Facts(item, linked, knowledge), now))
    except DocumentError as error:
        return _unreadable(row, error, now)


def begun(row: ExecutionRow, rule: Rule, moment: PlanContext) -> ExecutionRow:
    """Let a rule that could wait for one before it count from the entry, where it is the first."""
    try:
        planned = read_rule(rule, moment.facts.knowledge).timing.plan(replace(moment, previous_at=moment.entered_at))
        began = _released(row, planned, moment.entered_at, moment.now)
    except DocumentError as error:
        began = _unreadable(row, error, moment.now)
    return began.model_copy(update={"version": row.version})


def previous_end(row: ExecutionRow) -> datetime | None:
    """Give when the rule before a released row ended."""
    return _moment(row, PREVIOUS_END)


def counts_from(row: ExecutionRow) -> datetime | None:
    """Give what a row counts from where that is not the entry."""
    return _moment(row, COUNTS_FROM)


def wait_is_over(row: ExecutionRow) -> bool:
    """Say whether what the row waited for has arrived, or the time is up."""
    return OUTCOME in row.seen


def was_decided(row: ExecutionRow) -> bool:
    """Say whether the row has fired: its condition was weighed on some version of the item."""
    return DECIDED_ON in row.seen


def is_unsettled(row: ExecutionRow) -> bool:
    """Say whether a row holds what waits for it: it has not ended, or nobody knows whether its condition holds."""
    undecided = row.state == "skipped" and was_decided(row) and row.reason.startswith(f"{UNDECIDED}: ")
    return undecided or row.state in PENDING


def _moment(row: ExecutionRow, name: str) -> datetime | None:
    written = row.seen.get(name)
    return datetime.fromisoformat(written) if isinstance(written, str) else written


def _freed(previous: ExecutionRow, row: ExecutionRow, rule: Rule, moment: PlanContext) -> ExecutionRow | None:
    timing = read_rule(rule, moment.facts.knowledge).timing
    if not timing.after_previous_rule:
        return None
    if not timing.runs_after(previous):
        return _blocked(previous, row, timing.awaits, moment.now)
    ended = previous.finished_at or moment.now
    return _released(row, timing.plan(replace(moment, previous_at=ended)), ended, moment.now)


def _unreadable(row: ExecutionRow, error: DocumentError, now: datetime) -> ExecutionRow:
    """Give a row whose moment cannot be computed, as where a calendar has no working hours: it fails in words."""
    update = {"state": "failed", "reason": f"the rule cannot be read: {error}", "finished_at": now}
    return row.model_copy(update={**update, "version": row.version + 1})


def _blocked(previous: ExecutionRow, row: ExecutionRow, on_previous: str, now: datetime) -> ExecutionRow | None:
    if row.state == "blocked":
        return None
    why = f" ({previous.reason})" if previous.reason else ""
    words = (
        f"the rule before it, {previous.rule_key}, is {previous.state}{why}; this one runs when it has {on_previous}"
    )
    update = {"state": "blocked", "reason": words, "version": row.version + 1, "finished_at": now}
    return row.model_copy(update=update)


def _released(row: ExecutionRow, planned: Planned, ended: datetime, now: datetime) -> ExecutionRow:
    match planned:
        case WaitingForSignal(due_at, words):
            state, reason, over = "waiting_for_signal", words, None
        case SkippedPast(due_at, words):
            state, reason, over = "skipped", words, now
        case DueAt(due_at, words):
            state, reason, over = "waiting", "", None
        case _:
            raise TypeError(f"a released rule is due at a moment or waits for a signal, not {planned}")
    if isinstance(planned, DueAt) and planned.at + IN_TIME < now:
        words += LATE
    update: dict[str, Any] = {
        "state": state,
        "due_at": due_at,
        "reason": reason,
        "version": row.version + 1,
        "notes": (*row.notes, PlanNote(at=now, new=due_at, cause=words)),
        "seen": {**row.seen, PREVIOUS_END: ended.isoformat()},
        "finished_at": over,
    }
    return row.model_copy(update=update)
