"""Files by the hash of their content."""

from collections.abc import Iterable

from chassis.database import Transaction

from crm_api.files import File

# The first content type stays: the same bytes are one file.
ADD = "INSERT INTO file (hash, content_type, bytes, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING"
LOAD = "SELECT hash, content_type, bytes AS content, created_at FROM file WHERE hash = $1"
KEPT = "SELECT hash FROM file WHERE hash = ANY($1::text[])"
THERE = "SELECT EXISTS (SELECT 1 FROM file WHERE hash = $1)"


async def add(tx: Transaction, file: File) -> None:
    """Keep a file."""
    await tx.execute(ADD, file.hash, file.content_type, file.content, file.created_at)


async def load(tx: Transaction, hash_: str) -> File | None:
    """Load a file."""
    row = await tx.fetchrow(LOAD, hash_)
    return None if row is None else File(**row)


async def is_there(tx: Transaction, hash_: str) -> bool:
    """Say whether a file is kept."""
    return bool(await tx.fetchval(THERE, hash_))


async def kept(tx: Transaction, hashes: Iterable[str]) -> set[str]:
    """Give which of these files are kept."""
    return {row["hash"] for row in await tx.fetch(KEPT, list(hashes))}
