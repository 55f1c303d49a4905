"""The one predicate that says which items a caller may see or touch, in lists and for single items."""

from collections.abc import Iterable
from uuid import UUID

from chassis.database import Transaction

from crm_api.access.rights import Reach


def allowed(first: int) -> str:
    """Give the predicate on the table `item` as `i`; its parameters, `Reach.values`, begin at `$first`."""
    everything, me, colleagues, types, pipelines, whose = (f"${n}" for n in range(first, first + 6))
    return (
        f"({everything}::boolean OR EXISTS (SELECT FROM"
        f" unnest({types}::text[], {pipelines}::text[], {whose}::text[]) AS g (type, pipeline, whose)"
        " WHERE g.type IN ('*', i.type) AND g.pipeline IN ('*', i.pipeline) AND ("
        f"g.whose = 'all' OR g.whose = 'own' AND i.responsible = {me}::text"
        f" OR g.whose = 'department' AND i.responsible = ANY({colleagues}::text[]))))"
    )


AMONG = f"SELECT i.id FROM item i WHERE i.id = ANY($1::uuid[]) AND {allowed(2)}"


async def among(tx: Transaction, reach: Reach, ids: Iterable[UUID]) -> set[UUID]:
    """Give those of these items that are within a reach."""
    return {row["id"] for row in await tx.fetch(AMONG, list(ids), *reach.values)}


PERMITTED = f"SELECT i.id, {allowed(2)} AS readable, {allowed(8)} AS permitted FROM item i WHERE i.id = ANY($1::uuid[])"


async def permitted(tx: Transaction, ids: Iterable[UUID], read: Reach, act: Reach) -> dict[UUID, bool]:
    """Say of those of these items that may be read whether one may do something with them too."""
    rows = await tx.fetch(PERMITTED, list(ids), *read.values, *act.values)
    return {row["id"]: row["permitted"] for row in rows if row["readable"]}
