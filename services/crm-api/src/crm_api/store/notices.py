"""Notices, by person."""

from collections.abc import Collection, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction

from crm_api.notices import Notice

COLUMNS = "id, person, item, text, sender, at, read_at"
ADD = f"INSERT INTO notice ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id"
ADD_ALL = (
    f"INSERT INTO notice ({COLUMNS}) SELECT i, p, o, t, s, $6, NULL FROM"
    " unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[]) AS u(i, p, o, t, s)"
    " ON CONFLICT (id) DO NOTHING"
)
LOAD = f"SELECT {COLUMNS} FROM notice WHERE id = $1"
# One part of the list each, so that either is read along the index.
PART = (
    f"SELECT {COLUMNS} FROM notice WHERE person = $1 AND (read_at IS NOT NULL) = $2"
    " AND (at, id) < ($3, $4) ORDER BY at DESC, id DESC LIMIT $5"
)
READ = f"UPDATE notice SET read_at = coalesce(read_at, $3) WHERE id = $1 AND person = $2 RETURNING {COLUMNS}"
OF_ITEMS = "SELECT id, text FROM notice WHERE item = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
REWRITE = "UPDATE notice AS n SET text = u.t FROM unnest($1::uuid[], $2::text[]) AS u(i, t) WHERE n.id = u.i"


async def add(tx: Transaction, notice: Notice) -> bool:
    """Add a notice; gives False for an id that is there already."""
    return await tx.fetchval(ADD, *astuple(notice)) is not None


async def add_all(tx: Transaction, notices: Sequence[Notice], at: datetime) -> None:
    """Add notices of one moment; those whose ids are there already stay as they are."""
    if notices:
        told = zip(*((one.id, one.person, one.item, one.text, one.sender) for one in notices), strict=True)
        await tx.execute(ADD_ALL, *told, at)


async def load(tx: Transaction, id_: UUID) -> Notice | None:
    """Load a notice."""
    row = await tx.fetchrow(LOAD, id_)
    return None if row is None else Notice(**dict(row))


async def part(tx: Transaction, person: str, *, read: bool, before: tuple[datetime, UUID], limit: int) -> list[Notice]:
    """Give a part of somebody's notices, read or unread, the newest first, behind a place in that order."""
    return [Notice(**dict(row)) for row in await tx.fetch(PART, person, read, *before, limit)]


async def read(tx: Transaction, id_: UUID, person: str, at: datetime) -> Notice | None:
    """Note that somebody read a notice of theirs; None where they have none of this id."""
    row = await tx.fetchrow(READ, id_, person, at)
    return None if row is None else Notice(**dict(row))


async def of_items(tx: Transaction, items: Collection[UUID]) -> list[dict[str, Any]]:
    """Lock the notices about items."""
    return [dict(row) for row in await tx.fetch(OF_ITEMS, list(items))]


async def rewrite(tx: Transaction, texts: Sequence[tuple[UUID, str]]) -> None:
    """Write other texts of notices."""
    if texts:
        await tx.execute(REWRITE, *zip(*texts, strict=True))
