"""Documents and the counters that number them."""

from uuid import UUID

from chassis.database import Transaction

from crm_api.documents import Document

COLUMNS = "id, item, template, number, title, file, token, created_at"
ADD = f"INSERT INTO document ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
LOAD = f"SELECT {COLUMNS} FROM document WHERE id = $1"
BY_TOKEN = f"SELECT {COLUMNS} FROM document WHERE token = $1"
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
    await tx.execute(ADD, d.id, d.item, d.template, d.number, d.title, d.file, d.token, d.created_at)


async def load(tx: Transaction, id_: UUID) -> Document | None:
    """Load a document."""
    row = await tx.fetchrow(LOAD, id_)
    return None if row is None else Document.model_validate(dict(row))


async def by_token(tx: Transaction, token: str) -> Document | None:
    """Find a document by the secret of its link."""
    row = await tx.fetchrow(BY_TOKEN, token)
    return None if row is None else Document.model_validate(dict(row))
