"""Items that are known by the same phone or email as another one."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from uuid import UUID

from asyncpg import Record
from chassis.database import Transaction
from contracts.items import Item
from contracts.signals import Identity

MOST = 100
CONTACTS = (
    "SELECT n.contact AS item, n.kind, n.value FROM unnest($1::text[], $2::text[]) AS w (kind, value)"
    " JOIN identity n ON n.kind = w.kind AND n.value = w.value"
    f" WHERE n.contact <> $3 ORDER BY n.contact, n.kind, n.value LIMIT {MOST}"
)
OTHERS = (
    "SELECT DISTINCT v.item, w.kind, w.value"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS w (field, kind, value, key)"
    " JOIN field_value v ON v.type = $5 AND v.field = w.field AND v.key = w.key"
    f" WHERE v.item <> $6 ORDER BY v.item, w.kind, w.value LIMIT {MOST}"
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


async def contacts(tx: Transaction, but: UUID, known: Iterable[tuple[str, str]]) -> dict[UUID, list[Identity]]:
    """Give the contacts but one that are known by any of these, and by which."""
    kinds, values = zip(*known, strict=True)
    return by_item(await tx.fetch(CONTACTS, list(kinds), list(values), but))


async def others(tx: Transaction, but: Item, sought: Sequence[Sought]) -> dict[UUID, list[Identity]]:
    """Give the items of the same type but one that hold any of these, and which."""
    columns = zip(*map(astuple, sought), strict=True)
    return by_item(await tx.fetch(OTHERS, *columns, but.type, but.id))


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
