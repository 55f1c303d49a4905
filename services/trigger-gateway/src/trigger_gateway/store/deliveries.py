"""Deliveries as they come: kept once under their ids, counted when they are repeated, set aside, forgotten."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import outbox
from chassis.columns import split, texts
from chassis.database import Transaction, encode_json, renumbered
from chassis.outbox import Ready
from contracts.config import Erasure

# In the order of their keys, so that transactions that share some wait for one another, and never in a ring.
GIVEN = (
    "SELECT id, source, delivery, digest, signal, body, headers::jsonb, received_at,"
    " coalesce(string_to_array(identities, ' '), '{}')"
    f" FROM unnest($1::uuid[], $2::text[], $3::text[], {split('$4')}, $5::uuid[], $6::bytea[], {split('$7')},"
    f" $8::timestamptz[], {split('$9')})"
    " WITH ORDINALITY AS g(id, source, delivery, digest, signal, body, headers, received_at, identities, n)"
    " ORDER BY source, delivery, n"
)
COLUMNS = "id, source, delivery, digest, signal, body, headers, received_at, identities"
KEEP = f"INSERT INTO delivery ({COLUMNS}) {GIVEN} ON CONFLICT (source, delivery) DO NOTHING RETURNING id"
# What is announced goes along where all are the first under their ids.
KEEP_AND_TELL = (
    f"WITH kept AS ({KEEP}), told AS ({renumbered(outbox.INSERT, 9)} WHERE (SELECT count(*) FROM kept) = $14)"
    " SELECT id FROM kept"
)
REPEAT = (
    "WITH held AS (SELECT d.id, g.repeats FROM delivery d"
    " JOIN unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS g(source, delivery, digest, repeats)"
    " ON d.source = g.source AND d.delivery = g.delivery AND d.digest = g.digest"
    " ORDER BY d.source, d.delivery FOR UPDATE OF d)"
    " UPDATE delivery d SET repeats = d.repeats + held.repeats FROM held WHERE d.id = held.id"
    " RETURNING d.source, d.delivery, d.digest"
)
QUARANTINE = f"INSERT INTO quarantined ({COLUMNS}) {GIVEN} ON CONFLICT (source, delivery, digest) DO NOTHING"

# What came after the erasure is of a person who came back. The digest stays: a repeat is known by it.
ERASE = (
    "UPDATE {table} SET body = '', headers = '{{}}' WHERE received_at <= $4"
    " AND (identities && $1::text[] OR persons && $2::uuid[] OR signal = ANY($3::uuid[]))"
)
# Where digest, headers as JSON, and identities stand among the columns.
OURS = (3, 6, 8)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as it came; `digest` is over what it tells, `identities` are keyed hashes."""

    id: UUID
    source: str
    delivery: str
    digest: str
    signal: UUID | None
    body: bytes
    headers: Mapping[str, str]
    received_at: datetime
    identities: tuple[str, ...]

    @property
    def key(self) -> Key:
        """Give what a repeat shares with its first."""
        return self.source, self.delivery, self.digest

    def values(self) -> tuple[object, ...]:
        """Give the values in the order of the columns; the headers and the identities as one text each."""
        came = (self.id, self.source, self.delivery, self.digest, self.signal, self.body, encode_json(self.headers))
        return (*came, self.received_at, " ".join(self.identities) or None)


async def keep(tx: Transaction, deliveries: Sequence[Delivery], announced: Sequence[Ready] = ()) -> set[UUID]:
    """Keep deliveries and give which are the first under their ids; waits for those that are just being kept.

    Where all are the first, what is `announced` is written with them, else none of it.
    """
    if not deliveries:
        return set()
    values = columns(deliveries)
    for _, rows in outbox.written(list(announced)):
        return {row["id"] for row in await tx.fetch(KEEP_AND_TELL, *values, *rows, len(deliveries))}
    return {row["id"] for row in await tx.fetch(KEEP, *values)}


async def count_repeats(tx: Transaction, deliveries: Sequence[Delivery]) -> set[Key]:
    """Count repeats of what is kept, and give the keys under which the same was told."""
    counts: dict[Key, int] = {}
    for delivery in deliveries:
        counts[delivery.key] = counts.get(delivery.key, 0) + 1
    if not counts:
        return set()
    keys = tuple(zip(*counts, strict=True))
    return {(row[0], row[1], row[2]) for row in await tx.fetch(REPEAT, *keys, list(counts.values()))}


async def quarantine(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """Set aside deliveries that tell something else under ids that are taken; each content once."""
    if deliveries:
        await tx.execute(QUARANTINE, *columns(deliveries))


def columns(deliveries: Collection[Delivery]) -> tuple[object, ...]:
    """Give the columns of rows; what somebody has named stays a list, whatever signs it holds."""
    listed: list[Any] = list(zip(*[delivery.values() for delivery in deliveries], strict=True))
    for at in OURS:
        listed[at] = texts(listed[at])
    return tuple(listed)


async def erase(tx: Transaction, erased: Erasure) -> None:
    """Forget what deliveries told of a person."""
    for table in ("delivery", "quarantined"):
        statement = ERASE.format(table=table)
        await tx.execute(statement, erased.identities, [erased.contact], erased.signals, erased.at)
