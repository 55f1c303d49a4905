"""The rows of item copies and their links."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg
from automation.desk.copies import Copy
from chassis.columns import split, texts
from chassis.database import Transaction
from contracts.dumps import document_of
from contracts.items import Item

STUBS = "INSERT INTO item_copy (id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"
COLUMNS = "id, version, heard, unread, doc, entry, changed_at"
LOCK = f"SELECT {COLUMNS} FROM item_copy WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
LOCK_FREE = LOCK + " SKIP LOCKED"
READ = f"SELECT {COLUMNS} FROM item_copy WHERE id = ANY($1::uuid[])"
WRITE = (
    "UPDATE item_copy AS c SET version = u.version, heard = u.heard, unread = u.unread, doc = u.doc,"
    " entry = u.entry, changed_at = u.changed_at"
    " FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[],"
    f" {split('$6')}, {split('$7')}) AS u(id, version, heard, unread, changed_at, doc, entry) WHERE c.id = u.id"
)
UNREAD = (
    "INSERT INTO item_copy (id, unread) VALUES ($1, $2)"
    " ON CONFLICT (id) DO UPDATE SET unread = greatest(item_copy.unread, excluded.unread)"
)
UNLINK = "DELETE FROM item_link WHERE from_id = ANY($1::uuid[])"
LINK = (
    "INSERT INTO item_link (from_id, to_id) SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS u(f, t) ORDER BY f, t"
    " ON CONFLICT DO NOTHING"
)
# What was over when it was planned comes back with another date, unless it was decided since.
PAST = "state = 'skipped' AND NOT spent AND doc::json #>> '{seen,item.version}' IS NULL"
# Of an item with as many links as are looked at all are given, whether they wait or not. What is asked of each alone,
# with a LIMIT of its own, is never asked of all executions that there are.
DEPENDANTS = (
    "WITH linked AS MATERIALIZED (SELECT to_id, from_id, count(*) OVER (PARTITION BY to_id) AS links"
    " FROM unnest($1::uuid[]) AS changed(to_id) CROSS JOIN LATERAL"
    " (SELECT from_id FROM item_link AS l WHERE l.to_id = changed.to_id LIMIT $2) AS of_one)"
    " SELECT to_id, from_id FROM linked LEFT JOIN LATERAL (SELECT true AS waits FROM execution WHERE item = from_id"
    " AND pending AND state IN ('waiting', 'waiting_for_date', 'waiting_for_signal') LIMIT 1) AS one ON true"
    f" LEFT JOIN LATERAL (SELECT true AS past FROM execution WHERE waits IS NULL AND item = from_id AND {PAST} LIMIT 1)"
    " AS other ON true WHERE waits OR past OR links = $2 ORDER BY from_id"
)
LOOKED_AT = 10
# An item that is as it entered is written once.
AS_IT_IS = "="
# Ids in their order, without a call of Python for each comparison.
BY_NUMBER = attrgetter("int")


async def lock(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Copy]:
    """Lock the copies of these items in the order of their ids, with stubs for what was never heard of."""
    ordered = sorted(ids, key=BY_NUMBER)
    await tx.execute(STUBS, ordered)
    return read(await tx.fetch(LOCK, ordered))


async def lock_known(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Copy]:
    """Lock those of these copies that there are, in the order of their ids."""
    return read(await tx.fetch(LOCK, list(ids)))


async def lock_free(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Copy]:
    """Lock those of these copies that nobody else holds."""
    return read(await tx.fetch(LOCK_FREE, list(ids)))


async def look_up(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Copy]:
    """Give copies as they stand, without a lock."""
    return read(await tx.fetch(READ, list(ids))) if ids else {}


async def write(tx: Transaction, copies: Collection[Copy]) -> None:
    """Write copies that are locked, at the end of the transaction."""
    if not copies:
        return
    *numbers, documents, entries = zip(*map(columns, copies), strict=True)
    tx.at_the_end(WRITE, *numbers, texts(documents), texts(entries))


async def relink(tx: Transaction, copies: Collection[Copy]) -> None:
    """Write anew what these items link to."""
    if not copies:
        return
    await tx.execute(UNLINK, [c.id for c in copies])
    pairs = [(c.id, to) for c in copies for to in c.links]
    if pairs:
        await tx.execute(LINK, [p[0] for p in pairs], [p[1] for p in pairs])


async def mark_unread(tx: Transaction, item: UUID, offset: int) -> None:
    """Mark that a record of this item could not be read."""
    await tx.execute(UNREAD, item, offset)


async def dependants(tx: Transaction, changed: Collection[UUID], most: int) -> dict[UUID, list[UUID]]:
    """Give of each item that changed those that link to it and wait for a moment, or had one that was over.

    Of many links a part is looked at; then more than `most` are given, which may wait or not.
    """
    rows = await tx.fetch(DEPENDANTS, list(changed), most * LOOKED_AT) if changed else []
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row["to_id"], []).append(row["from_id"])
    return found


def read(rows: Sequence[asyncpg.Record]) -> dict[UUID, Copy]:
    """Read copies, by id."""
    return {row["id"]: _read(row) for row in rows}


def _read(row: asyncpg.Record) -> Copy:
    item = read_item(row["doc"])
    entry = item if row["entry"] == AS_IT_IS else read_item(row["entry"])
    return Copy(row["id"], row["version"], row["heard"], row["unread"], item, entry, row["changed_at"])


def read_item(doc: str | None) -> Item | None:
    """Read an item from its row."""
    return None if doc is None else Item.model_validate_json(doc)


def columns(copy: Copy) -> tuple[Any, ...]:
    """Give a copy as the columns of its row."""
    as_it_is = copy.entry is copy.item and copy.item is not None
    entry = AS_IT_IS if as_it_is else document(copy.entry)
    return copy.id, copy.version, copy.heard, copy.unread, copy.changed_at, document(copy.item), entry


def document(item: Item | None) -> str | None:
    """Write an item for its row."""
    return None if item is None else document_of(item).decode()
