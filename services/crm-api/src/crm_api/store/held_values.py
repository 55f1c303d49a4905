"""Which items of a type hold values that a changed type would lose, or hold alone."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.database import Transaction

MOST_COUNTED = 1_000
PAGE = 5_000
FIRST = UUID(int=0)

# Without choices any value counts; a list counts where it has one of the choices.
LOSES = "type = $1 AND fields ? $2 AND ($3::text[] = '{}' OR fields -> $2 ?| $3)"
COUNT = f"SELECT count(*) FROM (SELECT FROM item WHERE {LOSES} AND NOT deleted LIMIT $4) AS holding"
NEXT = f"SELECT id FROM item WHERE {LOSES} AND NOT deleted ORDER BY id LIMIT $4"
DROP_OF_DELETED = f"UPDATE item SET fields = fields - $2 WHERE {LOSES} AND deleted"
VALUES = (
    "SELECT id, fields -> $2 AS value FROM item WHERE type = $1 AND fields ? $2 AND NOT deleted AND id > $3"
    " ORDER BY id LIMIT $4"
)
OF_TYPE = "SELECT count(*) FROM (SELECT FROM item WHERE type = $1 AND NOT deleted LIMIT $2) AS holding"


@dataclass(frozen=True, slots=True)
class Held:
    """The values of a field, or only those that are one of `choices`."""

    type: str
    field: str
    choices: Sequence[str] = ()


async def count(tx: Transaction, held: Held) -> int:
    """Count the items that hold such a value; one more than `MOST_COUNTED` means that there are more."""
    return int(await tx.fetchval(COUNT, held.type, held.field, list(held.choices), MOST_COUNTED + 1))


async def count_of_type(tx: Transaction, type_: str) -> int:
    """Count the items of a type; one more than `MOST_COUNTED` means that there are more."""
    return int(await tx.fetchval(OF_TYPE, type_, MOST_COUNTED + 1))


async def holders(tx: Transaction, limit: int, *, held: Held) -> list[UUID]:
    """Give some of the items that hold such a value."""
    rows = await tx.fetch(NEXT, held.type, held.field, list(held.choices), limit)
    return [row["id"] for row in rows]


async def drop_of_deleted(tx: Transaction, held: Held) -> None:
    """Let deleted items lose such a value; nobody reads them until they are restored."""
    await tx.execute(DROP_OF_DELETED, held.type, held.field, list(held.choices))


async def values(tx: Transaction, type_: str, field: str) -> AsyncIterator[list[tuple[UUID, Any]]]:
    """Give the values of a field by item, page by page."""
    after = FIRST
    while rows := await tx.fetch(VALUES, type_, field, after, PAGE):
        after = rows[-1]["id"]
        yield [(row["id"], row["value"]) for row in rows]


def said(count_: int) -> str:
    """Say a count that goes no further than `MOST_COUNTED`."""
    many = f"more than {MOST_COUNTED}" if count_ > MOST_COUNTED else str(count_)
    return f"{many} item{'' if count_ == 1 else 's'}"
