"""An execution as the scheduler keeps it: the row that the timeline sees, and the cause that what follows carries."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.envelope import Cause
from contracts.executions import ExecutionRow, ExecutionState

ACTOR = "service:rule-scheduler"
# Rows in these states have a timer, where they wait for a moment.
TIMED: frozenset[ExecutionState] = frozenset({"waiting", "waiting_for_signal"})


@dataclass(frozen=True, slots=True)
class Execution:
    """One rule for one occurrence in one activation, and why it is there."""

    row: ExecutionRow
    cause: Cause


def read_cause(doc: dict[str, Any]) -> Cause:
    """Read a cause from plain data."""
    return Cause(**{**doc, "correlation": UUID(doc["correlation"]), "causation": UUID(doc["causation"])})
