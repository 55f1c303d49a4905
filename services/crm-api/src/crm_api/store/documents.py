"""Documents and the counters that number them."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record
from chassis.database import Transaction

from crm_api.documents.document import Document

COLUMNS = (
    "id, item, template, number, version, title, file, name, content_type, token, expires_at, revoked_at, made_by,"
    " created_at"
)
ADD = f"INSERT INTO document ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
LOAD = f"SELECT {COLUMNS} FROM document WHERE id = $1"
LATEST = f"SELECT {COLUMNS} FROM document WHERE item = $1 AND template = $2 ORDER BY created_at DESC, version DESC"
OF_NUMBER = "SELECT max(version) FROM document WHERE template = $1 AND number = $2"
BY_TOKEN = f"SELECT {COLUMNS} FROM document WHERE token = $1 AND file IS NOT NULL"
OF_ITEM = (
    f"SELECT {COLUMNS} FROM document WHERE item = $1 AND file IS NOT NULL AND (created_at, id) > ($2, $3)"
    " ORDER BY created_at, id LIMIT $4"
)
FILL = f"UPDATE document SET file = $2, name = $3, content_type = $4, title = $5 WHERE id = $1 RETURNING {COLUMNS}"
LINK = f"UPDATE document SET token = $2, expires_at = $3, revoked_at = NULL WHERE id = $1 RETURNING {COLUMNS}"
REVOKE = f"UPDATE document SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING {COLUMNS}"
# Locks the counter until the end of the transaction, so that a number that is not used is not lost.
NEXT = (
    "INSERT INTO counter (name, value) VALUES ($1, 1)"
    " ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value"
)
COUNTED = "INSERT INTO counter (name, value) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING"
HOLD = "SELECT value FROM counter WHERE name = $1 FOR UPDATE"


async def hold(tx: Transaction, counter: str) -> None:
    """Let nobody else count with this counter until the end of the transaction."""
    await tx.execute(COUNTED, counter)
    await tx.fetchval(HOLD, counter)


async def next_number(tx: Transaction, counter: str) -> int:
    """Count one on."""
    number: int = await tx.fetchval(NEXT, counter)
    return number


async def add(tx: Transaction, document: Document) -> None:
    """Keep a document."""
    d = document
    told = (d.title, d.file or None, d.name, d.content_type)
    link = (d.token, d.expires_at, d.revoked_at)
    await tx.execute(ADD, d.id, d.item, d.template, d.number, d.version, *told, *link, d.made_by, d.created_at)


async def load(tx: Transaction, id_: UUID) -> Document | None:
    """Load a document, one that is only numbered too."""
    return read(await tx.fetchrow(LOAD, id_))


async def latest(tx: Transaction, item: UUID, template: str) -> Document | None:
    """Give the document of a template that was made last of an item."""
    return read(await tx.fetchrow(f"{LATEST} LIMIT 1", item, template))


async def last_version(tx: Transaction, document: Document) -> int:
    """Give the highest version of a document."""
    version: int = await tx.fetchval(OF_NUMBER, document.template, document.number)
    return version


async def by_token(tx: Transaction, token: str) -> Document | None:
    """Find a document by the secret of its link."""
    return read(await tx.fetchrow(BY_TOKEN, token))


async def of_item(tx: Transaction, item: UUID, after: tuple[datetime, UUID], limit: int) -> list[Document]:
    """Give a part of an item's documents, oldest first, behind a place in that order."""
    rows = await tx.fetch(OF_ITEM, item, *after, limit)
    return [one for row in rows if (one := read(row))]


async def fill(tx: Transaction, document: Document) -> None:
    """Let a numbered document have its file."""
    await tx.execute(FILL, document.id, document.file, document.name, document.content_type, document.title)


async def link(tx: Transaction, id_: UUID, token: str, expires_at: datetime | None) -> Document | None:
    """Give a document another link in place of the one that it has."""
    return read(await tx.fetchrow(LINK, id_, token, expires_at))


async def revoke(tx: Transaction, id_: UUID, at: datetime) -> Document | None:
    """Let a document's link show nothing any more."""
    return read(await tx.fetchrow(REVOKE, id_, at))


def read(row: Record | None) -> Document | None:
    """Read a row."""
    return None if row is None else Document.model_validate({**row, "file": row["file"] or ""})
