"""All that is kept of a person, found by indexes, and written again with less in it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from contracts.data import JsonObject

KNOWN_BY = (
    "SELECT kind, value FROM identity WHERE contact = $1"
    " UNION SELECT 'chat', chat FROM conversation WHERE contact = $1 AND chat <> 'erased:' || id"
)
MERGED = (
    "SELECT DISTINCT (body ->> 'other')::uuid AS other FROM timeline"
    " WHERE item = $1 AND kind = 'merged' AND body ? 'other' ORDER BY 1"
)
LINKING = "SELECT from_id FROM link WHERE to_id = $1"
# What was taken out comes back with less in it; the journal has no keys by which it could be changed in place.
TAKE_NAMING = "DELETE FROM journal WHERE body -> 'persons' ? $1 RETURNING at, kind, key, body"
TAKE_OF = "DELETE FROM journal WHERE key = ANY($1::text[]) RETURNING at, kind, key, body"
PUT_BACK = (
    "INSERT INTO journal (at, kind, key, body)"
    " SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::jsonb[])"
)
# Those that name them, and those that reached their items and name nobody else.
SIGNALS = (
    "SELECT id FROM signal WHERE identities && $1::text[] UNION"
    " SELECT s.id FROM signal s JOIN signal_item r ON r.signal = s.id"
    " WHERE r.item = ANY($2::uuid[]) AND (s.identities = '{}' OR r.item = $3)"
)
FORGET_HELD = (
    "UPDATE signal SET held = NULL, decision = CASE WHEN decision = 'held' THEN 'ignored' ELSE decision END"
    " WHERE id = ANY($1::uuid[])"
)
LINES = "SELECT id, item, kind, body FROM timeline WHERE item = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
REWRITE_LINES = "UPDATE timeline AS t SET body = u.b FROM unnest($1::uuid[], $2::jsonb[]) AS u(i, b) WHERE t.id = u.i"
ANSWERS = 'UPDATE command SET outcome = outcome || \'{"results": {}, "reason": ""}\' WHERE execution = ANY($1::uuid[])'
DOCUMENTS = (
    "UPDATE document AS d SET file = $2, title = '', name = '', content_type = 'text/plain'"
    " FROM (SELECT id, file FROM document WHERE item = ANY($1::uuid[]) AND file IS NOT NULL"
    " ORDER BY id FOR UPDATE) AS o WHERE d.id = o.id RETURNING o.file"
)
# A file that other documents, templates or items still name is not only theirs.
FORGET_FILES = (
    "DELETE FROM file f WHERE f.hash = ANY($1::text[]) AND f.hash <> $2"
    " AND NOT EXISTS (SELECT FROM document d WHERE d.file = f.hash)"
    " AND NOT EXISTS (SELECT FROM config c WHERE c.kind = 'template' AND c.data ->> 'file' = f.hash)"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry of the journal that was taken out."""

    at: datetime
    kind: str
    key: str
    body: JsonObject


async def known_by(tx: Transaction, contact: UUID) -> list[tuple[str, str]]:
    """Give the (kind, value) by which a contact is known."""
    return [(row["kind"], row["value"]) for row in await tx.fetch(KNOWN_BY, contact)]


async def merged(tx: Transaction, contact: UUID) -> list[UUID]:
    """Give the contacts that were merged into one."""
    return [row["other"] for row in await tx.fetch(MERGED, contact)]


async def linking(tx: Transaction, contact: UUID) -> set[UUID]:
    """Give the items that link to a contact."""
    return {row["from_id"] for row in await tx.fetch(LINKING, contact)}


async def take_naming(tx: Transaction, contact: UUID) -> list[Kept]:
    """Take the entries out of the journal that name a person."""
    return [Kept(**dict(row)) for row in await tx.fetch(TAKE_NAMING, str(contact))]


async def take_of(tx: Transaction, keys: Iterable[UUID]) -> list[Kept]:
    """Take the entries of these items and signals out of the journal."""
    return [Kept(**dict(row)) for row in await tx.fetch(TAKE_OF, [str(key) for key in keys])]


async def put_back(tx: Transaction, entries: Sequence[Kept]) -> None:
    """Put entries into the journal."""
    if entries:
        await tx.execute(PUT_BACK, *zip(*((e.at, e.kind, e.key, e.body) for e in entries), strict=True))


async def signals(tx: Transaction, identities: Collection[str], items: Collection[UUID], contact: UUID) -> set[UUID]:
    """Give the signals that told of a person."""
    return {row["id"] for row in await tx.fetch(SIGNALS, list(identities), list(items), contact)}


async def forget_held(tx: Transaction, signals: Collection[UUID]) -> None:
    """Forget what these signals told; none of them waits any more."""
    await tx.execute(FORGET_HELD, list(signals))


async def lines(tx: Transaction, items: Collection[UUID]) -> list[dict[str, Any]]:
    """Lock the lines of timelines."""
    return [dict(row) for row in await tx.fetch(LINES, list(items))]


async def rewrite_lines(tx: Transaction, bodies: Sequence[tuple[UUID, JsonObject]]) -> None:
    """Write other bodies of lines."""
    if bodies:
        await tx.execute(REWRITE_LINES, *zip(*bodies, strict=True))


async def forget_answers(tx: Transaction, executions: Collection[UUID]) -> None:
    """Forget what the commands of executions resulted in, but for how they ended."""
    await tx.execute(ANSWERS, list(executions))


async def empty_documents(tx: Transaction, items: Collection[UUID], blank: str) -> list[str]:
    """Let the documents of items show a blank file, and give the files that they showed."""
    return [row["file"] for row in await tx.fetch(DOCUMENTS, list(items), blank)]


async def forget_files(tx: Transaction, files: Collection[str], blank: str) -> None:
    """Remove files that nothing else names."""
    await tx.execute(FORGET_FILES, list(files), blank)
