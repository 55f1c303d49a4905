"""An item's timeline, and the rows of its rules, each replaced only by a higher version."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from automation.postponing import computed
from chassis.database import Transaction
from contracts.executions import ExecutionRow

Occurrence = tuple[UUID, int, str]  # an item, its activation, and the name of the occurrence
UPSERT = (
    "INSERT INTO timeline (id, item, at, kind, version, body, due_at)"
    " SELECT i, o, a, 'rule', v, b, d FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::jsonb[],"
    " $6::timestamptz[]) AS u(i, o, a, v, b, d)"
    " ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body, due_at = excluded.due_at"
    " WHERE timeline.version < excluded.version RETURNING id"
)
OF_ITEM = "SELECT id, at, kind, body FROM timeline WHERE item = $1 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT $4"
# What an item has met in one activation; of a rule that recurs the first occurrence says so.
MET = (
    "SELECT DISTINCT ON (t.item, t.body ->> 'rule') t.item, t.body FROM timeline t"
    " JOIN unnest($1::uuid[], $2::int[]) AS u(item, activation) ON u.item = t.item"
    " WHERE t.kind = 'rule' AND t.body -> 'activation' = to_jsonb(u.activation)"
    " ORDER BY t.item, t.body ->> 'rule', t.at, t.id"
)
OF_OCCURRENCES = (
    "SELECT t.body FROM timeline t JOIN unnest($1::uuid[], $2::int[], $3::text[]) AS u(item, activation, occurrence)"
    " ON u.item = t.item WHERE t.kind = 'rule' AND t.body -> 'activation' = to_jsonb(u.activation)"
    " AND coalesce(t.body ->> 'occurrence', '0') = u.occurrence"
)
# When a person or rule last changed the values of an item.
CHANGED = (
    "SELECT item, max(at) AS at FROM timeline WHERE item = ANY($1::uuid[]) AND kind IN ('changed', 'restored')"
    " GROUP BY item"
)
RULES = "SELECT id, body FROM timeline WHERE id = ANY($1::uuid[]) AND kind = 'rule'"


async def keep(tx: Transaction, rows: Sequence[ExecutionRow]) -> set[UUID]:
    """Keep the rows of rules, each over a lower version only, and give the ids of those that were kept.

    `rows` holds each id once, in the order of the ids, so that two batches do not wait for one another in a ring.
    """
    if not rows:
        return set()
    # The rules of an entry are planned at one moment; a microsecond apart they read in the order of their stage.
    told = (
        (
            *(r.id, r.item, r.planned_at + timedelta(microseconds=r.position), r.version, r.model_dump(mode="json")),
            computed(r),
        )
        for r in rows
    )
    return {row["id"] for row in await tx.fetch(UPSERT, *zip(*told, strict=True))}


async def of_item(tx: Transaction, item: UUID, after: tuple[datetime, UUID], limit: int) -> list[dict[str, Any]]:
    """Give a part of an item's timeline in the order of time, behind a place in it."""
    return [dict(row) for row in await tx.fetch(OF_ITEM, item, *after, limit)]


async def of_activations(tx: Transaction, items: Mapping[UUID, int]) -> dict[UUID, dict[UUID, ExecutionRow]]:
    """Give what items have met in these activations, by the ids of the rules."""
    found: dict[UUID, dict[UUID, ExecutionRow]] = {}
    for row in await tx.fetch(MET, list(items), list(items.values())):
        met = ExecutionRow.model_validate(row["body"])
        found.setdefault(row["item"], {})[met.rule] = met
    return found


async def of_occurrences(tx: Transaction, which: Collection[Occurrence]) -> list[ExecutionRow]:
    """Give all executions of these occurrences, each an item, its activation, and a name."""
    if not which:
        return []
    rows = await tx.fetch(OF_OCCURRENCES, *map(list, zip(*which, strict=True)))
    return [ExecutionRow.model_validate(row["body"]) for row in rows]


async def last_changes(tx: Transaction, items: Collection[UUID]) -> dict[UUID, datetime]:
    """Give when items were last changed without being moved, those that ever were."""
    return {row["item"]: row["at"] for row in await tx.fetch(CHANGED, list(items))}


async def executions(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, ExecutionRow]:
    """Give those of these executions that were told, as they were last."""
    rows = await tx.fetch(RULES, list(ids)) if ids else []
    return {row["id"]: ExecutionRow.model_validate(row["body"]) for row in rows}


async def execution(tx: Transaction, id_: UUID) -> ExecutionRow | None:
    """Give the row of one execution as it was last told."""
    return (await executions(tx, (id_,))).get(id_)
