"""Items that are known by the same phone or email as another one."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from uuid import UUID

from asyncpg import Record
from chassis.database import Transaction
from contracts.items import Item
from contracts.signals import Identity

from crm_api.access.rights import Reach
from crm_api.store.rights import allowed


def known_as(known: str) -> str:
    """Give the query of a part of the items that are known by something, and of all by which each of them is.

    `known` gives item, kind and value, of others than $1, behind $2; at most $3 are told, within the reach from $4 on.
    """
    return (
        f"WITH known AS MATERIALIZED ({known}), part AS (SELECT DISTINCT k.item FROM known k"
        " JOIN item i ON i.id = k.item"
        f" WHERE NOT i.deleted AND {allowed(4)} ORDER BY k.item LIMIT $3)"
        " SELECT k.item, k.kind, k.value FROM part JOIN known k ON k.item = part.item ORDER BY 1, 2, 3"
    )


CONTACTS = known_as(
    "SELECT n.contact AS item, n.kind, n.value FROM unnest($10::text[], $11::text[]) AS w (kind, value)"
    " JOIN identity n ON n.kind = w.kind AND n.value = w.value WHERE n.contact <> $1 AND n.contact > $2"
)
OTHERS = known_as(
    "SELECT DISTINCT v.item, w.kind, w.value"
    " FROM unnest($10::text[], $11::text[], $12::text[], $13::text[]) AS w (field, kind, value, key)"
    " JOIN field_value v ON v.type = $14 AND v.field = w.field AND v.key = w.key WHERE v.item <> $1 AND v.item > $2"
)
LINKING = "SELECT DISTINCT from_id FROM link WHERE to_id = $1 ORDER BY from_id LIMIT $2"
# What the other was known by leads to the one that is kept, for good.
INHERIT = (
    "INSERT INTO identity (kind, value, contact, merged) SELECT kind, value, $1, true FROM identity WHERE contact = $2"
    " ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Sought:
    """A value that is looked for in a field, and the key under which the index has it."""

    field: str
    kind: str
    value: str
    key: str


@dataclass(frozen=True, slots=True)
class Part:
    """Which of them: those within a reach, behind an id, and at most so many."""

    reach: Reach
    after: UUID
    limit: int


async def contacts(
    tx: Transaction, but: UUID, known: Iterable[tuple[str, str]], part: Part
) -> dict[UUID, list[Identity]]:
    """Give the contacts but one that are known by any of these, and by which, in the order of their ids."""
    kinds, values = zip(*known, strict=True)
    asked = (but, part.after, part.limit, *part.reach.values)
    return by_item(await tx.fetch(CONTACTS, *asked, list(kinds), list(values)))


async def others(tx: Transaction, but: Item, sought: Sequence[Sought], part: Part) -> dict[UUID, list[Identity]]:
    """Give the items of the same type but one that hold any of these, and which, in the order of their ids."""
    columns = zip(*map(astuple, sought), strict=True)
    asked = (but.id, part.after, part.limit, *part.reach.values)
    return by_item(await tx.fetch(OTHERS, *asked, *columns, but.type))


async def linking(tx: Transaction, to: UUID, limit: int) -> list[UUID]:
    """Give items that link to an item."""
    return [row["from_id"] for row in await tx.fetch(LINKING, to, limit)]


async def inherit(tx: Transaction, kept: UUID, other: UUID) -> None:
    """Let a contact be known by all that another one was known by."""
    await tx.execute(INHERIT, kept, other)


def by_item(rows: Iterable[Record]) -> dict[UUID, list[Identity]]:
    """Give by what each item is known."""
    known: dict[UUID, list[Identity]] = {}
    for row in rows:
        known.setdefault(row["item"], []).append(Identity(kind=row["kind"], value=row["value"]))
    return known
