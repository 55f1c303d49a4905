"""Executions across items, as their timelines were last told, within the reach of whoever asks."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.database import Transaction
from contracts.executions import ExecutionRow, ExecutionState

from crm_api.access.rights import Reach
from crm_api.store.rights import allowed

# A count beyond this is told as *more than*: a list of which nobody sees the end need not be counted to it.
MOST_COUNTED = 10_000
FROM = "FROM timeline t JOIN item i ON i.id = t.item WHERE t.kind = 'rule'"
RIGHTS = 6
OF = {
    "state": "t.body ->> 'state' = {}",
    "pipeline": "t.body -> 'rule_set' ->> 'pipeline' = {}",
    "rule_set": "t.body -> 'rule_set' ->> 'number' = {}",
    "stage": "t.body ->> 'stage' = {}",
    "rule": "t.body ->> 'rule' = {}",
    "rule_key": "t.body ->> 'rule_key' = {}",
    "item": "t.item = {}::text::uuid",
    "contact": "t.item IN (SELECT from_id FROM link WHERE to_id = {}::text::uuid)",
    "due_after": "(t.body ->> 'due_at')::timestamptz > {}::text::timestamptz",
    "due_before": "(t.body ->> 'due_at')::timestamptz < {}::text::timestamptz",
}
# Not those that run or have succeeded: these are what somebody may have to look at.
COUNTED: tuple[ExecutionState, ...] = (
    "waiting",
    "waiting_for_date",
    "waiting_for_previous",
    "waiting_for_signal",
    "failed",
    "uncertain",
    "blocked",
    "missed",
)
BY_ID = f"SELECT t.id, t.at, t.body {FROM} AND t.id = ANY($1::uuid[]) AND {allowed(2)}"


@dataclass(frozen=True, slots=True)
class Which:
    """Which executions; empty means any.

    In a state, of a pipeline, of a rule set of it (its number), in a stage, of a rule (its lasting id, or its key), of
    an item, of the items that link to a contact, due after or before a moment.
    """

    state: ExecutionState | Literal[""] = ""
    pipeline: str = ""
    rule_set: str = ""
    stage: str = ""
    rule: str = ""
    rule_key: str = ""
    item: str = ""
    contact: str = ""
    due_after: str = ""
    due_before: str = ""

    def predicate(self, first: int) -> tuple[str, list[str]]:
        """Give the conditions that are asked for, with their parameters from `$first` on."""
        asked = {name: value for name in OF if (value := getattr(self, name))}
        tests = (f" AND {OF[name].format(f'${n}')}" for n, name in enumerate(asked, first))
        return "".join(tests), list(asked.values())


async def listed(
    tx: Transaction, which: Which, reach: Reach, after: tuple[datetime, UUID], limit: int
) -> list[dict[str, Any]]:
    """List executions, oldest first, behind a place in that order."""
    asked, values = which.predicate(4 + RIGHTS)
    query = (
        f"SELECT t.id, t.at, t.body {FROM}{asked} AND (t.at, t.id) > ($1, $2) AND {allowed(4)}"
        " ORDER BY t.at, t.id LIMIT $3"
    )
    return [dict(row) for row in await tx.fetch(query, *after, limit, *reach.values, *values)]


async def counted(tx: Transaction, which: Which, reach: Reach) -> dict[ExecutionState, int]:
    """Count executions by state, each to one beyond `MOST_COUNTED`; a state of none is left out."""
    more, values = replace(which, state="").predicate(1 + RIGHTS)
    parts = (
        f"SELECT '{state}' AS state, count(*) AS count FROM"
        f" (SELECT {FROM} AND t.body ->> 'state' = '{state}' AND {allowed(1)}{more} LIMIT {MOST_COUNTED + 1}) AS n"
        for state in COUNTED
    )
    rows = await tx.fetch(" UNION ALL ".join(parts), *reach.values, *values)
    return {row["state"]: row["count"] for row in rows if row["count"]}


async def by_id(tx: Transaction, ids: Collection[UUID], reach: Reach) -> dict[UUID, ExecutionRow]:
    """Give those of these executions that are known, and of items within a reach."""
    rows = await tx.fetch(BY_ID, list(ids), *reach.values)
    return {row["id"]: ExecutionRow.model_validate(row["body"]) for row in rows}
