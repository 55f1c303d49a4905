"""What became of each rule, on `automation.executions`: rows, many to a message; whole, or what a dispatch made new."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from contracts.data import Data, JsonObject, Part
from contracts.outcomes import EffectState
from contracts.rules import RuleSetRef

ExecutionState = Literal[
    "waiting",
    "waiting_for_date",
    "waiting_for_previous",
    "waiting_for_signal",
    "dispatched",
    "succeeded",
    "failed",
    "uncertain",
    "skipped",
    "cancelled",
    "blocked",
    "missed",
]
PENDING: frozenset[ExecutionState] = frozenset(
    {"waiting", "waiting_for_date", "waiting_for_previous", "waiting_for_signal", "dispatched", "uncertain"},
)


class PlanNote(Part):
    """One line on how the due moment came about: from, to, and the cause in words."""

    at: datetime
    old: datetime | None = None
    new: datetime | None = None
    cause: str


class EffectSeen(Part):
    """One effect of an execution as its ledger last said."""

    id: UUID
    whom: str
    state: EffectState
    version: int
    reason: str = ""
    reference: str = ""
    at: datetime


class ExecutionRow(Part):
    """One rule for one occurrence in one activation, whole; a higher `version` replaces a lower one.

    `position` is the rule's place in its stage. `seen` holds the values that condition, texts and people saw; `reason`
    is words for people.
    """

    id: UUID
    version: int
    item: UUID
    activation: int
    rule: UUID
    rule_key: str
    rule_set: RuleSetRef
    stage: str
    position: int = 0
    occurrence: str = "0"
    action: str
    state: ExecutionState
    round: int = 1
    due_at: datetime | None = None
    notes: tuple[PlanNote, ...] = ()
    reason: str = ""
    cause: UUID | None = None
    seen: JsonObject = Field(default_factory=dict)
    results: JsonObject = Field(default_factory=dict)
    effects: tuple[EffectSeen, ...] = ()
    planned_at: datetime
    dispatched_at: datetime | None = None
    finished_at: datetime | None = None


class Dispatch(Part):
    """What a dispatch makes of a row that was told before: its next `version`, the moment, and all values seen.

    Most changes of rows are dispatches, and most of a row stays as it was: it is neither stored nor told twice.
    """

    id: UUID
    version: int
    at: datetime
    seen: JsonObject = Field(default_factory=dict)

    def of(self, row: ExecutionRow) -> ExecutionRow:
        """Give a row as it is dispatched; one that is as new already stays as it is."""
        if row.version >= self.version:
            return row
        made = {
            "state": "dispatched",
            "version": self.version,
            "dispatched_at": self.at,
            "seen": self.seen,
            "reason": "",
        }
        return row.model_copy(update=made)


class ExecutionRows(Data):
    """The rows that one batch changed, of items that share a partition; `dispatched` are those that it only dispatched.

    A row is told whole before its dispatch is, on the same partition.
    """

    TYPE: ClassVar[str] = "automation.executions.v1"
    rows: tuple[ExecutionRow, ...] = ()
    dispatched: tuple[Dispatch, ...] = ()


def latest(messages: Iterable[ExecutionRows]) -> tuple[dict[UUID, ExecutionRow], dict[UUID, Dispatch]]:
    """Give the highest version of each row, and the dispatches of those that were told whole before these messages."""
    told = list(messages)
    rows = highest(row for message in told for row in message.rows)
    dispatched = highest(one for message in told for one in message.dispatched)
    whole = {id_: dispatched.pop(id_).of(row) if id_ in dispatched else row for id_, row in rows.items()}
    return whole, dispatched


Versioned = TypeVar("Versioned", ExecutionRow, Dispatch)


def highest(told: Iterable[Versioned]) -> dict[UUID, Versioned]:
    """Give the highest version of each, by id."""
    found: dict[UUID, Versioned] = {}
    for one in told:
        if one.id not in found or found[one.id].version < one.version:
            found[one.id] = one
    return found
