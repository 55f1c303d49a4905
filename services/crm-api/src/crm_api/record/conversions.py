"""Making items from an item: which fields, links and goods the new ones take along.

1. The fields are those of the mapping, else those that both types have alike; the goods come along where both have any.
2. A contact that is known already by the same phone or email is used instead of a second one.
3. All that is made is linked to its source, and the source to it; several made at once are linked with one another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from contracts.data import JsonObject
from contracts.elements import ElementField
from contracts.items import Item, Link

from crm_api.fields import FieldError
from crm_api.goods import filling
from crm_api.intake import creating
from crm_api.intake.contacts import CONTACT
from crm_api.intake.payloads import Filled, filled
from crm_api.record import duplicates, places
from crm_api.record.changing import Changes
from crm_api.store import items as stored_items

CARRIED_ROLES = ("contact", "company")


@dataclass(frozen=True, slots=True)
class Conversion:
    """An item to be made from another.

    Its first stage where none is named, and the source's title where none is given; `fields` override what is carried,
    `mapping` names, for fields of the new item, fields of the source.
    """

    to: str
    pipeline: str = ""
    stage: str = ""
    title: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, str] | None = None


async def convert(changes: Changes, source: Item, conversion: Conversion, why: str = "") -> Item:
    """Make an item from a locked one, linked both ways, or give the contact that is known already.

    Raises `FieldError` for what cannot be made.
    """
    read = taken(changes.knowledge, source, conversion)
    known = await known_contact(changes, source, read.fields) if conversion.to == CONTACT else None
    if known is not None:
        # A contact of which a contact is to be made is that contact.
        if known.id != source.id:
            link = Link(role=CONTACT, type=CONTACT, id=known.id)
            await changes.add_link(source.id, link, "the contact is known already")
        return known
    made = await changes.create(
        type=conversion.to,
        pipeline=conversion.pipeline,
        stage=conversion.stage,
        title=read.fields.get("title", source.title) if conversion.title is None else conversion.title,
        fields=read.fields,
        links=still_there(changes, source, carried_links(source, conversion.to)),
        responsible=source.responsible,
        why=why or f"made from {source.type} {source.title}".strip(),
    )
    creating.note_unread(changes, made.id, read.unread)
    await filling.carry(changes, source, made)
    await changes.add_link(source.id, Link(role=made.type, type=made.type, id=made.id))
    return changes.item(made.id)


async def known_contact(changes: Changes, source: Item, values: JsonObject) -> Item | None:
    """Give the contact that is known by these values, else the one that the source has; None where there is none."""
    known = await duplicates.known_contact(changes, values)
    linked = source.linked(CONTACT)
    if known is not None or linked is None:
        return known
    had = (await changes.lock([linked], "read")).get(linked)
    return None if had is None or had.deleted or is_another(changes.knowledge, had, values) else had


def is_another(knowledge: Knowledge, made: Item, values: JsonObject) -> bool:
    """Say whether values are of somebody else than the contact that was made a moment ago for the same source."""
    wanted = duplicates.known_by(knowledge, values)
    return is_new(made) and bool(wanted) and not set(wanted) & set(duplicates.known_by(knowledge, made.fields))


async def convert_all(changes: Changes, source: Item, conversions: Sequence[Conversion], why: str = "") -> list[Item]:
    """Make several items from a locked one, linked with one another too, and give them in their order."""
    made: dict[int, Item] = {}
    # People first: what is made after them takes them along as links of the source.
    for n, conversion in sorted(enumerate(conversions), key=lambda one: one[1].to not in CARRIED_ROLES):
        item = await convert(changes, changes.item(source.id), conversion, why)
        for other in made.values():
            if other.id != item.id:
                await join(changes, item, other)
        made[n] = item
    return [changes.item(made[n].id) for n in range(len(conversions))]


async def join(changes: Changes, one: Item, other: Item) -> None:
    """Link two items both ways; a contact that was known before keeps its links to itself."""
    for left, right in ((one, other), (other, one)):
        if is_new(left):
            await changes.add_link(left.id, Link(role=right.type, type=right.type, id=right.id))


def is_new(item: Item) -> bool:
    """Say whether an item was made in the transaction that is open; it is numbered at its end."""
    return item.version == 0


async def hold(changes: Changes, source: UUID, conversions: Sequence[Conversion]) -> None:
    """Hold what the contacts to be made are known by, so that nobody makes the same; before the source is locked.

    Whoever applies a signal holds it before the items too: so these two never wait for one another in a ring.
    """
    contacts = [one for one in conversions if one.to == CONTACT]
    if not contacts:
        return
    await changes.begin()
    found = (await stored_items.load(changes.tx, [source])).get(source)
    if found is not None:
        for conversion in contacts:
            await duplicates.hold(changes, taken(changes.knowledge, found.item, conversion).fields)


def taken(knowledge: Knowledge, source: Item, conversion: Conversion) -> Filled:
    """Give the values of the new item, and what was alike by name but cannot be held; raises `FieldError`."""
    places.known_type(knowledge, conversion.to)
    carried = carried_fields(knowledge, source, conversion.to, conversion.mapping)
    read = Filled(carried) if conversion.mapping is not None else filled(knowledge, conversion.to, carried)
    return Filled({**read.fields, **conversion.fields}, read.unread)


def carried_fields(knowledge: Knowledge, source: Item, to: str, mapping: Mapping[str, str] | None) -> JsonObject:
    """Give the values that the new item takes from its source.

    `mapping` names, for fields of the new item, fields of the source (or `title`); without it, fields that both types
    have under the same key with the same kind are taken. Raises `FieldError` for a source field that is not there.
    """
    of_source = knowledge.fields(source.type)
    if mapping is None:
        same = alike(of_source, knowledge.fields(to))
        return {key: value for key, value in source.fields.items() if key in same}
    check_mapping(mapping, source.type, of_source)
    values = {**source.fields, "title": source.title}
    return {key: values[name] for key, name in mapping.items() if name in values}


def alike(one: Mapping[str, ElementField], other: Mapping[str, ElementField]) -> set[str]:
    """Give the keys under which two types have fields that hold the same, and that two items may hold at once."""
    return {key for key in one.keys() & other.keys() if form(one[key]) == form(other[key]) and not other[key].unique}


def form(of: ElementField) -> tuple[Any, ...]:
    """Give what values of a field are like."""
    return of.kind, of.multiple


def check_mapping(mapping: Mapping[str, str], type_: str, known: Mapping[str, ElementField]) -> None:
    """Refuse a mapping from a field that the source's type does not have."""
    for key, name in mapping.items():
        if name not in known and name != "title":
            fix = f"use one of: {', '.join(sorted(known))}, title"
            raise FieldError(f"mapping.{key}", f"type {type_!r} has no field {name!r}", fix)


def carried_links(source: Item, to: str) -> tuple[Link, ...]:
    """Give the links of the new item: to its source, and to the source's people."""
    people = (link for link in source.links if link.role in CARRIED_ROLES and link.role not in {to, source.type})
    return Link(role=source.type, type=source.type, id=source.id), *people


def still_there(changes: Changes, source: Item, links: Iterable[Link]) -> tuple[Link, ...]:
    """Give those of links that lead to what is there: nothing new can link to what was deleted meanwhile."""
    gone = {one.id for one in changes.linked(source.id) if one.deleted}
    return tuple(link for link in links if link.id not in gone)
