"""Rows of executions, made of what a rule's timing answers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from contracts.data import Part
from contracts.executions import ExecutionRow, ExecutionState, PlanNote
from contracts.ids import execution_id
from contracts.rules import Rule, RuleSetRef

from automation.reading import read_rule
from automation.timing import (
    DueAt,
    DueNow,
    NoOccurrence,
    PlanContext,
    Planned,
    SkippedPast,
    WaitingForDate,
    WaitingForPrevious,
    WaitingForSignal,
)
from automation.timing.plans import FIRST, ONCE
from automation.timing.recurring import unknown

# A rule of any kind may be asked for these; other names are of rules that recur, and of those that wait for such.
ANY_KIND = (FIRST, ONCE)
LATE = "; the moment was already past, it runs late"
# What a plan may end with.
OVER: frozenset[ExecutionState] = frozenset({"skipped", "failed"})
P = TypeVar("P", bound=Part)
# What rows are made from.
ROW = ExecutionRow(
    id=UUID(int=0),
    version=1,
    item=UUID(int=0),
    activation=0,
    rule=UUID(int=0),
    rule_key="",
    rule_set=RuleSetRef(pipeline="", number=0),
    stage="",
    action="",
    state="waiting",
    planned_at=datetime.min.replace(tzinfo=UTC),
)
# What is told of each row and of each note that is made here.
TOLD = set(ExecutionRow.model_fields) - {"round", "effects", "dispatched_at"}
TOLD_OF_NOTE = set(PlanNote.model_fields)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a row is to be."""

    state: ExecutionState
    due_at: datetime | None = None
    reason: str = ""
    cause: str = ""
    occurrence: str = ONCE


@dataclass(frozen=True)
class Place:
    """Where rows are planned: the entry into a stage, under a rule set, and what caused it."""

    item: UUID
    activation: int
    stage: str
    ref: RuleSetRef
    cause: UUID | None

    @classmethod
    def of(cls, row: ExecutionRow) -> "Place":
        """Give the place of a row."""
        return cls(row.item, row.activation, row.stage, row.rule_set, row.cause)

    @cached_property
    def shared(self) -> dict[str, Any]:
        """Give what all rows of the place have in common, and a blank for all else, in the order of a row's fields."""
        own = {"item": self.item, "activation": self.activation, "stage": self.stage}
        return {**ROW.__dict__, **own, "version": 1, "rule_set": self.ref, "cause": self.cause}

    @cached_property
    def written_item(self) -> str:
        """Give the item's id as it is written."""
        return str(self.item)


def new_row(rule: Rule, position: int, place: Place, plan: Plan, now: datetime) -> ExecutionRow:
    """Make the row of a rule, with how its moment came about."""
    return made(ExecutionRow, _values(rule, position, place, plan, now), TOLD)


def made(kind: type[P], values: dict[str, Any], told: set[str]) -> P:
    """Make a part of the values of all its fields, in their order, unchecked: all that is planned comes by here."""
    part = kind.__new__(kind)
    object.__setattr__(part, "__dict__", values)
    object.__setattr__(part, "__pydantic_fields_set__", told)
    object.__setattr__(part, "__pydantic_extra__", None)
    object.__setattr__(part, "__pydantic_private__", None)
    return part


def _values(rule: Rule, position: int, place: Place, plan: Plan, now: datetime) -> dict[str, Any]:
    noted = {"at": now, "old": None, "new": plan.due_at, "cause": in_words(plan, now)} if plan.due_at else None
    return {
        **place.shared,
        "id": execution_id(rule.id, place.written_item, place.activation, plan.occurrence),
        "rule": rule.id,
        "rule_key": rule.key,
        "position": position,
        "occurrence": plan.occurrence,
        "action": rule.action,
        "planned_at": now,
        "notes": () if noted is None else (made(PlanNote, noted, TOLD_OF_NOTE),),
        # Each row has objects of its own.
        "seen": {},
        "results": {},
        "state": plan.state,
        "due_at": plan.due_at,
        "reason": plan.reason,
        "finished_at": now if plan.state in OVER else None,
    }


def plan_of(rule: Rule, moment: PlanContext) -> Plan:
    """Say what a rule's timing means for its row; a rule that cannot be read fails."""
    try:
        timing = read_rule(rule, moment.facts.knowledge).timing
        if moment.occurrence in ANY_KIND or timing.recurs or timing.after_previous_rule:
            return read_plan(timing.plan(moment))
    except (ValueError, OverflowError) as error:
        return Plan("failed", reason=f"the rule cannot be read: {error}", occurrence=moment.occurrence or ONCE)
    return read_plan(unknown(moment))


def read_plan(planned: Planned) -> Plan:
    """Say what a timing's answer means for a row."""
    match planned:
        case DueNow(at):
            return Plan("waiting", at, cause="at entry")
        case DueAt(at, cause, occurrence):
            return Plan("waiting", at, cause=cause, occurrence=occurrence)
        case SkippedPast(at, reason, occurrence):
            return Plan("skipped", at, reason=reason, occurrence=occurrence)
        case NoOccurrence(reason, occurrence):
            return Plan("skipped", reason=reason, occurrence=occurrence)
        case WaitingForDate() | WaitingForPrevious() | WaitingForSignal():
            return _read_wait(planned)


def _read_wait(planned: WaitingForDate | WaitingForPrevious | WaitingForSignal) -> Plan:
    match planned:
        case WaitingForDate(path, why, occurrence):
            reason = why or f"waiting for {path} to be filled"
            return Plan("waiting_for_date", reason=reason, occurrence=occurrence)
        case WaitingForPrevious():
            return Plan("waiting_for_previous", reason="waiting for the rule before it")
        case WaitingForSignal(until, cause):
            return Plan("waiting_for_signal", until, reason=cause)


def changes(plan: Plan, now: datetime) -> dict[str, Any]:
    """Give what a plan changes of a row."""
    return {
        "state": plan.state,
        "due_at": plan.due_at,
        "reason": plan.reason,
        "finished_at": now if plan.state in OVER else None,
    }


def in_words(plan: Plan, now: datetime) -> str:
    """Say how the moment came about, and that it runs late where it does."""
    words = plan.cause or plan.reason
    past = plan.state == "waiting" and plan.cause != "at entry" and plan.due_at is not None and plan.due_at < now
    return words + LATE if past else words


def joined(cause: str, plan: str) -> str:
    """Say what caused a plan, and the plan."""
    return f"{cause}: {plan}" if cause and plan else cause or plan
