"""Values that one item of a type holds alone."""

from collections.abc import Collection, Sequence
from uuid import UUID

from chassis.database import Transaction

# Which field of which type, and the value as text.
Value = tuple[str, str, str]
Holding = tuple[str, str, str, UUID]

# One statement takes what is free, or is let go of in this transaction, and tells who holds the rest. It waits for
# whoever is taking the same value just now.
TAKE = (
    "INSERT INTO unique_value AS held (type, field, value, item)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[])"
    " ON CONFLICT (type, field, value) DO UPDATE SET item = CASE WHEN EXISTS"
    " (SELECT FROM unnest($5::text[], $6::text[], $7::text[], $8::uuid[]) AS freed(type, field, value, item)"
    " WHERE (freed.type, freed.field, freed.value, freed.item) = (held.type, held.field, held.value, held.item))"
    " THEN excluded.item ELSE held.item END"
    " RETURNING type, field, value, item"
)
HOLDERS = (
    "SELECT type, field, value, item FROM unique_value WHERE (type, field, value) IN"
    " (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))"
)
FREE = (
    "DELETE FROM unique_value WHERE (type, field, value, item) IN"
    " (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]))"
)
FORGET = "DELETE FROM unique_value WHERE type = $1 AND ($2 = '' OR field = $2)"


async def take(tx: Transaction, wanted: Sequence[Holding], freed: Collection[Holding]) -> dict[Value, UUID]:
    """Take values for items, and give who holds each of them then; `freed` are let go of in this transaction."""
    rows = await tx.fetch(TAKE, *columns(sorted(wanted)), *columns(freed))
    return {(row["type"], row["field"], row["value"]): row["item"] for row in rows}


async def holders(tx: Transaction, values: Collection[Value]) -> dict[Value, UUID]:
    """Give who holds these values, where somebody does."""
    rows = await tx.fetch(HOLDERS, *zip(*values, strict=True))
    return {(row["type"], row["field"], row["value"]): row["item"] for row in rows}


async def free(tx: Transaction, freed: Collection[Holding]) -> None:
    """Let go of values that these items hold still."""
    await tx.execute(FREE, *columns(freed))


def free_at_the_end(tx: Transaction, freed: Collection[Holding]) -> None:
    """Let go of values that these items hold still, at the end of the transaction."""
    tx.at_the_end(FREE, *columns(freed))


async def forget(tx: Transaction, type_: str, field: str = "") -> None:
    """Let go of all values of a field, or of a type."""
    await tx.execute(FORGET, type_, field)


def columns(rows: Collection[Holding]) -> tuple[Sequence[object], ...]:
    """Give rows as columns, for `unnest`."""
    return tuple(zip(*rows, strict=True)) if rows else ((), (), (), ())
