"""What is told once more, in parts."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Transaction
from contracts.config import ConfigChanged
from contracts.data import JsonObject

from crm_api.store.config import COLUMNS

# Who changes one of them now is waited for, so that what is said of it keeps its order.
NEXT_ITEMS = (
    "SELECT id FROM item WHERE id > $1 AND (cardinality($2::text[]) = 0 OR type = ANY($2::text[]))"
    " ORDER BY id LIMIT $3 FOR SHARE"
)
NEXT_CONFIG = f"SELECT {COLUMNS} FROM config WHERE revision > $1 ORDER BY revision LIMIT $2"
BROKEN_OFF = (
    "SELECT id FROM job WHERE kind = $1 AND params = $2 AND state <> 'done' ORDER BY created_at DESC LIMIT 1 FOR UPDATE"
)
LAST_WAITING = "SELECT coalesce(max(seq), 0) FROM outbox"
WAITS = "SELECT EXISTS (SELECT FROM outbox WHERE seq <= $1)"


async def next_items(tx: Transaction, types: Sequence[str], after: UUID, limit: int) -> list[UUID]:
    """Give the next items in the order of their ids, of these types or of all, held against change."""
    return [row["id"] for row in await tx.fetch(NEXT_ITEMS, after, list(types), limit)]


async def next_config(tx: Transaction, after: int, limit: int) -> list[ConfigChanged]:
    """Give the next config records in the order of their revisions, deleted ones too."""
    return [ConfigChanged.model_validate(dict(row)) for row in await tx.fetch(NEXT_CONFIG, after, limit)]


async def broken_off(tx: Transaction, kind: str, params: JsonObject) -> UUID | None:
    """Give the newest job of a kind, with the same parameters, that did not come to its end."""
    found: UUID | None = await tx.fetchval(BROKEN_OFF, kind, params)
    return found


async def last_waiting(tx: Transaction) -> int:
    """Give the place of the last that waits to be carried."""
    return int(await tx.fetchval(LAST_WAITING))


async def waits(tx: Transaction, last: int) -> bool:
    """Say whether any up to this place still waits to be carried."""
    return bool(await tx.fetchval(WAITS, last))
