"""Items, their links, and the identities of contacts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record
from chassis.config_copy import HIGHEST
from chassis.database import Transaction
from contracts.items import Item, Link

from crm_api.access.rights import Reach
from crm_api.record.items import Draft, Stored
from crm_api.store.rights import allowed

# The columns of an item that are its own attributes too.
OWN = tuple(name for name in Item.model_fields if name != "links")
COLUMNS = (
    "i.id, i.type, i.pipeline, i.stage, i.version, i.activation, i.entered_at, i.created_at, i.title, i.responsible,"
    " i.fields, i.incomplete, i.deleted, i.rule_set, i.suppressed,"
    " (SELECT jsonb_agg(jsonb_build_object('role', l.role, 'type', l.to_type, 'id', l.to_id) ORDER BY l.position)"
    " FROM link l WHERE l.from_id = i.id) AS links"
)
# Not FOR UPDATE: a new link's foreign key must not wait for the item that it leads to.
LOCK = "SELECT id FROM item WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
LOAD = f"SELECT {COLUMNS} FROM item i WHERE i.id = ANY($1::uuid[])"
LOAD_WITHIN = f"{LOAD} AND {allowed(2)}"
# What holds behind the locks: read with what is locked, it costs no statement.
HOLDS = f"({HIGHEST}) AS revision, (SELECT signalbox_now()) AS now"
LOAD_WITH_LINKED = (
    f"SELECT {COLUMNS}, {HOLDS} FROM item i"
    " WHERE i.id IN (SELECT unnest($1::uuid[]) UNION SELECT to_id FROM link WHERE from_id = ANY($1::uuid[]))"
)
LISTED = (
    f"SELECT {COLUMNS} FROM item i"
    " WHERE i.pipeline = $1 AND ($2 = '' OR i.stage = $2) AND ($3 = '' OR i.type = $3) AND NOT i.deleted"
    f" AND (i.stage, i.id) > ($4, $5) AND {allowed(7)} ORDER BY i.pipeline, i.stage, i.id LIMIT $6"
)
NEXT_OF_TYPE = "SELECT id FROM item WHERE type = $1 AND id > $2 ORDER BY id LIMIT $3"
SAVE = (
    "INSERT INTO item (id, type, pipeline, stage, version, activation, entered_at, created_at, title, responsible,"
    " fields, incomplete, deleted, rule_set, suppressed)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::int[],"
    " $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::jsonb[], $12::boolean[], $13::boolean[],"
    " $14::int[], $15::text[])"
    " ON CONFLICT (id) DO UPDATE SET pipeline = excluded.pipeline, stage = excluded.stage, version = excluded.version,"
    " activation = excluded.activation, entered_at = excluded.entered_at, title = excluded.title,"
    " responsible = excluded.responsible, fields = excluded.fields, incomplete = excluded.incomplete,"
    " deleted = excluded.deleted, rule_set = excluded.rule_set, suppressed = excluded.suppressed"
)
LINK = (
    "INSERT INTO link (from_id, role, to_id, to_type, position)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::int[]) ON CONFLICT DO NOTHING"
)
UNLINK = "DELETE FROM link WHERE from_id = ANY($1::uuid[])"
# What a contact took over from one that was merged into it stays, whatever its fields say, until it is deleted.
FORGET_IDENTITIES = "DELETE FROM identity WHERE contact = ANY($1::uuid[]) AND (NOT merged OR contact = ANY($2::uuid[]))"
KNOW = (
    "INSERT INTO identity (kind, value, contact) SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])"
    " ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which items to list: those of a pipeline (empty: of none); empty `stage` or `type` mean any."""

    pipeline: str
    stage: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Items by id, and the config's last revision as it was read with them; None where nothing was found."""

    items: dict[UUID, Stored]
    revision: int | None


async def lock(tx: Transaction, ids: Iterable[UUID]) -> None:
    """Lock items in the order of their ids; read them after it, in a statement of its own."""
    await tx.fetch(LOCK, sorted(ids))


async def load(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Stored]:
    """Load items, deleted ones too, by id."""
    return by_id(await tx.fetch(LOAD, list(ids)))


async def load_within(tx: Transaction, ids: Iterable[UUID], reach: Reach) -> dict[UUID, Stored]:
    """Load those of these items that are within a caller's reach, deleted ones too, by id."""
    return by_id(await tx.fetch(LOAD_WITHIN, list(ids), *reach.values))


async def load_with_linked(tx: Transaction, ids: Iterable[UUID]) -> Loaded:
    """Load locked items and the items that they link to, deleted ones too; asks the time with them.

    A link that was added while the locks were waited for is seen: the statement behind the locks sees what is
    committed by then.
    """
    rows = await tx.fetch_and_now(LOAD_WITH_LINKED, list(ids))
    return Loaded(by_id(rows), rows[0]["revision"] if rows else None)


async def listed(tx: Transaction, which: Which, reach: Reach, after: tuple[str, UUID], limit: int) -> list[Item]:
    """List items within a reach by (stage, id), behind a place in that order."""
    rows = await tx.fetch(LISTED, which.pipeline, which.stage, which.type, *after, limit, *reach.values)
    return [stored(row).item for row in rows]


async def next_of_type(tx: Transaction, type_: str, after: UUID, limit: int) -> list[UUID]:
    """Give items of a type in the order of their ids, deleted ones too, behind one of them."""
    return [row["id"] for row in await tx.fetch(NEXT_OF_TYPE, type_, after, limit)]


async def save(tx: Transaction, drafts: Sequence[Draft]) -> None:
    """Write items as they now are, with their new links, at the end of the transaction."""
    if not drafts:
        return
    tx.at_the_end(SAVE, *zip(*(row_of(draft) for draft in drafts), strict=True))
    unlinked = [draft.item.id for draft in drafts if draft.unlinked]
    if unlinked:
        await tx.execute(UNLINK, unlinked)
    links = [row for draft in drafts for row in new_links(draft)]
    if links:
        tx.at_the_end(LINK, *zip(*links, strict=True))


async def know(tx: Transaction, contacts: Mapping[UUID, Collection[tuple[str, str]] | None]) -> None:
    """Keep by which (kind, value) contacts are known, in place of what was kept; None for one that is gone."""
    if not contacts:
        return
    gone = [contact for contact, known in contacts.items() if known is None]
    await tx.execute(FORGET_IDENTITIES, list(contacts), gone)
    rows = [(kind, value, contact) for contact, known in contacts.items() for kind, value in known or ()]
    if rows:
        tx.at_the_end(KNOW, *zip(*rows, strict=True))


def by_id(rows: Iterable[Record]) -> dict[UUID, Stored]:
    """Give the items of rows by id."""
    return {row["id"]: stored(row) for row in rows}


def stored(row: Record) -> Stored:
    """Read a row; what is in the database was checked on its way in."""
    values = {name: row[name] for name in OWN}
    links = tuple(
        Link.model_construct(role=link["role"], type=link["type"], id=UUID(link["id"])) for link in row["links"] or ()
    )
    return Stored(Item.model_construct(**values, links=links), row["rule_set"], row["suppressed"])


def row_of(draft: Draft) -> tuple[Any, ...]:
    """Give an item as the columns of its row."""
    i = draft.item
    place = (i.id, i.type, i.pipeline, i.stage, i.version, i.activation, i.entered_at, i.created_at)
    return (*place, i.title, i.responsible, i.fields, i.incomplete, i.deleted, draft.rule_set, draft.suppressed)


def new_links(draft: Draft) -> Iterable[tuple[Any, ...]]:
    """Give the links that the database does not have yet, as the columns of their rows.

    Where one was removed, all others are written anew, so that their positions stay in one order.
    """
    had = () if draft.before is None or draft.unlinked else draft.before.item.links
    for position, link in enumerate(draft.item.links):
        if link not in had:
            yield draft.item.id, link.role, link.id, link.type, position
