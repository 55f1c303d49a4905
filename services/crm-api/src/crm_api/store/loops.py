"""How often automation moved items, and the chains of causes that were stopped."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from chassis.database import Transaction
from contracts.ids import derived

from crm_api.access.rights import Reach
from crm_api.record.loops import Entries, Entry, Loop, Past
from crm_api.store.rights import allowed

COLUMNS = (
    "l.id, l.kind, l.item, l.correlation, l.pipeline, l.stage, l.activation, l.hops, l.words, l.why, l.at, l.last_at,"
    " l.told, l.state, l.times, l.refused, l.released_by, l.released_at"
)
# One statement tells all: it is the one that an automated move costs more than a person's.
PAST = (
    "SELECT (SELECT jsonb_agg(to_jsonb(e)) FROM (SELECT item, pipeline, stage, why,"
    " count(*) FILTER (WHERE correlation = $2) AS of_chain, count(*) FILTER (WHERE hops > 0 AND at > $3) AS of_day,"
    " bool_or(at <= $3 AND correlation <> $2) AS old FROM automated_entry WHERE item = ANY($1::uuid[])"
    " GROUP BY item, pipeline, stage, why) AS e) AS entries,"
    # The chain begins with the present stage where a person's move, of the same cause, led there.
    " (SELECT array_agg(i.id) FROM item i WHERE i.id = ANY($1::uuid[])"
    " AND NOT EXISTS (SELECT FROM automated_entry e WHERE e.item = i.id AND e.correlation = $2)"
    " AND EXISTS (SELECT FROM timeline t WHERE t.item = i.id AND t.at = i.entered_at AND t.kind IN ('created', 'moved')"
    " AND t.body ->> 'correlation' = $2::uuid::text)) AS rooted,"
    " (SELECT array_agg(l) FROM (SELECT id FROM loop WHERE id = $4"
    " UNION SELECT id FROM loop WHERE item = ANY($1::uuid[]) AND state = 'stopped' AND last_at > $3) AS o(l)) AS loops"
)
BY_ID = f"SELECT {COLUMNS} FROM loop l WHERE l.id = ANY($1::uuid[])"
COUNT = (
    "INSERT INTO automated_entry (item, pipeline, stage, at, correlation, hops, why)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::uuid[], $6::int[], $7::text[])"
)
FORGET = "DELETE FROM automated_entry WHERE item = ANY($1::uuid[]) AND correlation <> $2 AND at <= $3"
# Where another transaction of the chain was faster, it is stopped already, and was told.
STOP = (
    "INSERT INTO loop AS l (id, kind, item, correlation, pipeline, stage, activation, hops, words, why, told, state,"
    " at, last_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'stopped', $12, $12)"
    " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, item = excluded.item, pipeline = excluded.pipeline,"
    " stage = excluded.stage, activation = excluded.activation, hops = excluded.hops, words = excluded.words,"
    " why = excluded.why, told = excluded.told, state = 'stopped', at = excluded.at, last_at = excluded.last_at,"
    " times = l.times + 1, refused = l.refused + 1, released_by = '', released_at = NULL"
    " WHERE l.state = 'released' RETURNING times"
)
REFUSED = "UPDATE loop SET refused = refused + 1, last_at = $2 WHERE id = ANY($1::uuid[]) AND state = 'stopped'"
LISTED = (
    f"SELECT {COLUMNS} FROM loop l JOIN item i ON i.id = l.item WHERE l.state = $1 AND (l.at, l.id) > ($2, $3)"
    f" AND {allowed(5)} ORDER BY l.at, l.id LIMIT $4"
)
LOCK = f"SELECT {COLUMNS} FROM loop l WHERE l.id = $1 FOR UPDATE"
RELEASE = "UPDATE loop SET state = 'released', released_by = $2, released_at = $3 WHERE id = $1"
FORGET_CHAIN = "DELETE FROM automated_entry WHERE item = $1 AND correlation = $2"
FORGET_DAY = "DELETE FROM automated_entry WHERE item = $1 AND pipeline = $2 AND stage = $3"


async def past(tx: Transaction, items: Collection[UUID], correlation: UUID, day: datetime) -> Past:
    """Give what a chain did to locked items, what automation did to them since `day`, and what was stopped."""
    row = await tx.fetchrow(PAST, list(items), correlation, day, derived("loop", correlation))
    assert row is not None  # noqa: S101  a query without FROM always gives a row
    loops = await by_id(tx, row["loops"]) if row["loops"] else ()
    entries = row["entries"] or ()
    old = frozenset(UUID(one["item"]) for one in entries if one["old"])
    return Past(tuple(map(entries_of, entries)), frozenset(row["rooted"] or ()), tuple(loops), old)


def entries_of(row: Mapping[str, Any]) -> Entries:
    """Read how often an item came into a stage."""
    place = row["pipeline"], row["stage"]
    return Entries(UUID(row["item"]), place, row["why"], row["of_chain"], row["of_day"])


async def by_id(tx: Transaction, ids: Collection[UUID]) -> list[Loop]:
    """Load loops."""
    return [loop_of(row) for row in await tx.fetch(BY_ID, list(ids))]


def loop_of(row: Record) -> Loop:
    """Read a loop from its row."""
    place = row["pipeline"], row["stage"]
    return Loop(**{key: value for key, value in row.items() if key not in {"pipeline", "stage"}}, place=place)


async def count(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Count entries, at the end of the transaction."""
    if entries:
        rows = ((e.item, *e.place, e.at, e.correlation, e.hops, e.why) for e in entries)
        tx.at_the_end(COUNT, *zip(*rows, strict=True))


async def forget(tx: Transaction, items: Collection[UUID], correlation: UUID, day: datetime) -> None:
    """Forget what other chains did to items before that day, at the end of the transaction."""
    tx.at_the_end(FORGET, list(items), correlation, day)


async def stop(tx: Transaction, loop: Loop) -> int:
    """Keep that a chain is stopped, and give how often it was by now; 0 where it was stopped already."""
    one = (loop.id, loop.kind, loop.item, loop.correlation, *loop.place, loop.activation, loop.hops, loop.words)
    return await tx.fetchval(STOP, *one, loop.why, loop.told, loop.at) or 0


async def refused(tx: Transaction, loops: Collection[UUID], at: datetime) -> None:
    """Count what was not made any more because of loops."""
    tx.at_the_end(REFUSED, list(loops), at)


async def listed(tx: Transaction, state: str, reach: Reach, after: tuple[datetime, UUID], limit: int) -> list[Loop]:
    """List the loops in a state, of items within a reach, oldest first, behind a place in that order."""
    return [loop_of(row) for row in await tx.fetch(LISTED, state, *after, limit, *reach.values)]


async def lock(tx: Transaction, id_: UUID) -> Loop | None:
    """Lock a loop, behind the lock of its item."""
    row = await tx.fetchrow(LOCK, id_)
    return None if row is None else loop_of(row)


async def release(tx: Transaction, loop: Loop, by: str, at: datetime) -> None:
    """Let a chain go on, its moves counted from zero."""
    await tx.execute(RELEASE, loop.id, by, at)
    if loop.kind == "day":
        await tx.execute(FORGET_DAY, loop.item, *loop.place)
    await tx.execute(FORGET_CHAIN, loop.item, loop.correlation)
