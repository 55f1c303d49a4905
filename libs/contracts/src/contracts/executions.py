"""What became of each rule, on `automation.executions`: whole rows, many to a message."""

from datetime import datetime
from typing import ClassVar, Literal
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


class ExecutionRows(Data):
    """The rows that one batch changed, of items that share a partition."""

    TYPE: ClassVar[str] = "automation.executions.v1"
    rows: tuple[ExecutionRow, ...]
