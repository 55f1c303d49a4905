"""What becomes of an execution that is due: weighed once, on one version of the item, at one moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.actions import PerformAction
from contracts.commands import Expects, ItemCommand
from contracts.executions import ExecutionRow, PlanNote
from contracts.rules import Rule

from automation.actions import Effects
from automation.conditions import Condition
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.knowledge import Knowledge
from automation.lateness import CatchUp
from automation.people import Found, resolve
from automation.reading import ReadRule, read_rule
from automation.settling import DECIDED_ON
from automation.templates import PlaceholderEmpty, TemplateFailed
from automation.timing import Timing


@dataclass(frozen=True, slots=True)
class Perform:
    """A worker acts on the outside world."""

    row: ExecutionRow
    action: PerformAction


@dataclass(frozen=True, slots=True)
class Command:
    """crm-api changes the item."""

    row: ExecutionRow
    command: ItemCommand


@dataclass(frozen=True, slots=True)
class Closed:
    """It ends here: skipped, missed, cancelled or failed, and the row says why."""

    row: ExecutionRow


@dataclass(frozen=True, slots=True)
class Held:
    """It stays due as it is, because it is paused."""

    row: ExecutionRow


@dataclass(frozen=True, slots=True)
class Postponed:
    """It waits until the row's new `due_at`, the next working moment."""

    row: ExecutionRow


Decision = Perform | Command | Closed | Held | Postponed


def decide(row: ExecutionRow, rule: Rule, facts: Facts, knowledge: Knowledge, now: datetime) -> Decision:
    """Decide what becomes of a row that is due.

    In this order: paused, left, too late, outside working time, condition, people and texts, dispatch. The row
    comes back one version higher, with the values that were seen; a held one as it was.
    """
    if knowledge.is_paused(rule.id, row.rule_set.pipeline):
        return Held(row)
    try:
        read = read_rule(rule, knowledge)
        return _before(row, rule, read, facts, now) or _weigh(row, rule, read, facts, now)
    except DocumentError as error:
        return _close(row, "failed", f"the rule cannot be read: {error}", facts, now)


def _before(row: ExecutionRow, rule: Rule, read: ReadRule, facts: Facts, now: datetime) -> Decision | None:
    """Give what keeps it from being weighed at all."""
    if facts.item.deleted:
        return _close(row, "cancelled", "item_deleted", facts, now)
    of_entry = read.timing.of_entry
    if facts.item.activation != row.activation and not (rule.keep_on_leave or of_entry):
        return _close(row, "cancelled", "left the stage before it was due", facts, now)
    late = _too_late(row, read.catch_up, facts, now)
    if late:
        return _close(row, "missed", late, facts, now)
    return _not_working(row, read.timing, facts, now)


def _too_late(row: ExecutionRow, catch_up: CatchUp, facts: Facts, now: datetime) -> str:
    due = row.due_at or now
    expires = catch_up.expires_at(due, facts.zone)
    if expires is None or now <= expires:
        return ""
    allowed = "it must not run late" if catch_up.at_most is None or catch_up.at_most.is_zero else str(catch_up.at_most)
    return f"too late: it was due at {due:%Y-%m-%d %H:%M:%S} UTC; at most: {allowed}"


def _not_working(row: ExecutionRow, timing: Timing, facts: Facts, now: datetime) -> Postponed | None:
    working = timing.calendar(facts)
    if working is None or (at := working.next_moment(now)) == now:
        return None
    note = PlanNote(at=now, old=row.due_at, new=at, cause="late, so it waits for the next working moment")
    return Postponed(row.model_copy(update={"due_at": at, "version": row.version + 1, "notes": (*row.notes, note)}))


def _weigh(row: ExecutionRow, rule: Rule, read: ReadRule, facts: Facts, now: datetime) -> Decision:
    verdict = read.condition.weigh(facts)
    if verdict.value is not True:
        return _close(row, "skipped", _why(verdict.value, read.condition, facts), facts, now, seen=verdict.seen)
    found = Found(()) if read.call.to is None else resolve(read.call.to, facts, read.call.action.channel)
    seen = {**verdict.seen, **_seen(read.call.paths, facts), **found.seen}
    try:
        params = read.call.render(facts, now)
    except (PlaceholderEmpty, TemplateFailed) as error:
        return _close(row, "failed", str(error), facts, now, seen=seen)
    effects = read.call.action.finish(Effects(found.recipients, params, seen), facts)
    sent = _dispatched(row, effects, found, facts, now)
    if read.call.action.command is not None:
        return Command(sent, read.call.action.command(_common(sent, rule, read, facts), effects.params))
    return Perform(sent, _action(sent, rule, read, effects, facts))


def _why(value: bool | None, condition: Condition, facts: Facts) -> str:  # noqa: FBT001 - a verdict, not a switch
    words = condition.explain(facts)
    return f"unknown: {words}" if value is None else f"condition is false: {words}"


def _dispatched(row: ExecutionRow, effects: Effects, found: Found, facts: Facts, now: datetime) -> ExecutionRow:
    notes = tuple(PlanNote.model_construct(at=now, cause=words) for words in found.notes)
    update = {
        "state": "dispatched",
        "version": row.version + 1,
        "dispatched_at": now,
        "finished_at": None,
        "reason": "",
        "seen": _kept(row, effects.seen, facts),
        "notes": (*row.notes, *notes),
    }
    return row.model_copy(update=update)


def _close(row: ExecutionRow, state: str, reason: str, facts: Facts, now: datetime, *, seen: Any = None) -> Closed:
    update = {
        "state": state,
        "version": row.version + 1,
        "reason": reason,
        "finished_at": now,
        "seen": _kept(row, seen or {}, facts),
    }
    return Closed(row.model_copy(update=update))


def _kept(row: ExecutionRow, seen: Any, facts: Facts) -> dict[str, Any]:
    return {**row.seen, **seen, DECIDED_ON: facts.item.version}


def _seen(paths: tuple[str, ...], facts: Facts) -> dict[str, Any]:
    values = {path: facts.get(path) for path in paths}
    return {path: None if value is EMPTY else value for path, value in values.items()}


def _common(row: ExecutionRow, rule: Rule, read: ReadRule, facts: Facts) -> dict[str, Any]:
    # A change that belongs to the entry holds whatever follows; a move or deletion never does.
    free = rule.keep_on_leave or (read.timing.of_entry and read.call.action.name == "change-item")
    return {
        "execution": row.id,
        "round": row.round,
        "item": row.item,
        "rule": rule.id,
        "owner": facts.knowledge.owner(row.rule_set),
        "expects": None if free else Expects(activation=row.activation),
        "expires_at": _expires(row, read, facts),
        "config": facts.knowledge.revision,
    }


def _action(row: ExecutionRow, rule: Rule, read: ReadRule, effects: Effects, facts: Facts) -> PerformAction:
    return PerformAction.model_construct(
        execution=row.id,
        round=row.round,
        item=row.item,
        item_type=facts.item.type,
        activation=row.activation,
        rule=rule.id,
        rule_key=rule.key,
        action=read.call.action.name,
        connection=read.call.connection,
        recipients=effects.recipients,
        params=effects.params,
        of_entry=read.timing.of_entry,
        at_least_once=rule.at_least_once,
        due_at=row.due_at or row.planned_at,
        expires_at=_expires(row, read, facts),
        config=facts.knowledge.revision,
    )


def _expires(row: ExecutionRow, read: ReadRule, facts: Facts) -> datetime | None:
    return read.catch_up.expires_at(row.due_at or row.planned_at, facts.zone)
