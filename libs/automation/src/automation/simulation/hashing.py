"""What was decided, without the noise of the clock that it was decided by: equal decisions have equal hashes."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from contracts.data import JsonObject
from contracts.executions import ExecutionRow, PlanNote

from automation.settling import OUTCOME

ARRIVED = "arrived"


def decision(row: ExecutionRow) -> JsonObject:
    """Give what was decided of an execution.

    When something was looked at is no decision; nor is the moment at which a signal arrived, or a person retried.
    """
    told = {
        "id": row.id,
        "rule": row.rule,
        "rule_set": [row.rule_set.pipeline, row.rule_set.number],
        "item": row.item,
        "activation": row.activation,
        "stage": row.stage,
        "occurrence": row.occurrence,
        "action": row.action,
        "state": row.state,
        "round": row.round,
        "reason": row.reason,
        "seen": row.seen,
        "results": row.results,
        "effects": sorted([effect.whom, effect.state, effect.reason] for effect in row.effects),
    }
    return told if _by_the_clock(row) else {**told, "due_at": row.due_at, "notes": [_moved(one) for one in row.notes]}


def decision_hash(row: ExecutionRow) -> str:
    """Give the hash of what was decided of an execution."""
    written = json.dumps(decision(row), sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def decision_hashes(rows: Iterable[ExecutionRow]) -> dict[UUID, str]:
    """Give the hash of each execution."""
    return {row.id: decision_hash(row) for row in rows}


def _by_the_clock(row: ExecutionRow) -> bool:
    return row.round > 1 or row.seen.get(OUTCOME) == ARRIVED


def _moved(note: PlanNote) -> list[Any]:
    return [note.old, note.new, note.cause]


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
