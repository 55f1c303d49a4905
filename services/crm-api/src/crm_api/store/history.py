"""The changes of an item, out of its timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction

KINDS = ("created", "changed", "moved", "deleted", "restored")
OF_ITEM = (
    "SELECT id, at, kind, body FROM timeline WHERE item = $1 AND kind = ANY($2::text[]) AND (at, id) > ($3, $4)"
    " ORDER BY at, id LIMIT $5"
)


async def of_item(tx: Transaction, item: UUID, after: tuple[datetime, UUID], limit: int) -> list[dict[str, Any]]:
    """Give a part of an item's changes in the order of time, behind a place in it."""
    return [dict(row) for row in await tx.fetch(OF_ITEM, item, list(KINDS), *after, limit)]
