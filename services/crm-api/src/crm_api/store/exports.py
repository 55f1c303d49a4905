"""The items of an export, part by part."""

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from contracts.items import Item

from crm_api.rights import Reach
from crm_api.store.items import COLUMNS, load, stored
from crm_api.store.rights import allowed

# By id, which never changes: an item that moves meanwhile is neither missed nor met twice.
PART = (
    f"SELECT {COLUMNS} FROM item i WHERE i.type = $1 AND ($2 = '' OR i.pipeline = $2) AND ($3 = '' OR i.stage = $3)"
    f" AND NOT i.deleted AND i.id > $4 AND {allowed(6)} ORDER BY i.id LIMIT $5"
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which items to export: those of a type; empty `pipeline` or `stage` mean any."""

    type: str
    pipeline: str = ""
    stage: str = ""


async def part(tx: Transaction, which: Which, reach: Reach, after: UUID, limit: int) -> list[Item]:
    """Give the items behind an id, in the order of ids."""
    rows = await tx.fetch(PART, which.type, which.pipeline, which.stage, after, limit, *reach.values)
    return [stored(row).item for row in rows]


async def linked(tx: Transaction, reach: Reach, ids: set[UUID]) -> dict[UUID, Item]:
    """Give those of the items that exported ones link to that are within reach."""
    near = await load(tx, ids) if ids else {}
    return {id_: s.item for id_, s in near.items() if reach.holds(s.item.type, s.item.pipeline, s.item.responsible)}
