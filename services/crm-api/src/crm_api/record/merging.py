"""Two records of one person or company made one.

1. The one that is kept, the other, and all that link to the other are locked, in the order of their ids.
2. Fields: a value is kept where there is one, else it comes from the other; `keep` may say otherwise by field. Of a
   field with several values both have theirs kept.
3. Whatever linked to the other links to the one that is kept, each with its own event; so do the other's links.
4. The other is deleted, linked to nothing but the one that is kept. Its timeline stays, and what it was known by leads
   to the one that is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from contracts.data import JsonObject
from contracts.elements import ElementType
from contracts.items import Item, Link

from crm_api.access.rights import Forbidden
from crm_api.fields import ATTRIBUTES, FieldError, several
from crm_api.intake.contacts import CONTACT
from crm_api.record import consenting
from crm_api.record.changing import Changes
from crm_api.record.items import ItemGone, ItemUnknown
from crm_api.store import chats as stored_chats
from crm_api.store import duplicates as store

MOST_LINKING = 500
MERGED_INTO = "merged_into"
Side = Literal["this", "other"]
Keep = Mapping[str, Side]


@dataclass(frozen=True, slots=True)
class Pair:
    """The record that is kept, and the other one, both locked."""

    this: Item
    other: Item

    @property
    def ids(self) -> set[UUID]:
        """Give both ids."""
        return {self.this.id, self.other.id}


async def merge(changes: Changes, this: UUID, other: UUID, keep: Keep) -> Item:
    """Merge another record into this one, and give it as it then is; raises `FieldError`, `Forbidden`."""
    pair, linking = await locked(changes, this, other)
    type_ = changes.knowledge.types[pair.this.type]
    check_keep(type_, keep)
    why = f"{pair.other.title or pair.other.id} was merged into {pair.this.title or pair.this.id}"
    changes.set_fields(this, together(type_, pair, keep), why)
    await move_links(changes, pair, linking, why)
    if pair.this.type == CONTACT:
        await store.inherit(changes.tx, this, other)
        await consenting.merge(changes, pair.this, pair.other)
        await stored_chats.merge(changes.tx, pair.this.id, pair.other.id)
    changes.note(this, "merged", {"other": str(other), "title": pair.other.title})
    changes.note(other, "merged", {"into": str(this), "title": pair.this.title})
    changes.delete(other, f"merged into {pair.this.title or pair.this.id}")
    return changes.item(this)


async def locked(changes: Changes, this: UUID, other: UUID) -> tuple[Pair, set[UUID]]:
    """Lock both, and all that link to the other; raises what is wrong with them."""
    linking = set(await store.linking(changes.tx, other, MOST_LINKING + 1))
    found = await changes.lock({this, other} | linking)
    pair = Pair(*(there(found.get(id_), id_) for id_ in (this, other)))
    if this == other or pair.this.type != pair.other.type or pair.this.pipeline or pair.other.pipeline:
        fix = "send the id of another one of the same type, of a type without pipelines"
        raise FieldError("other", f"{other} cannot be merged into {this}", fix)
    await changes.lock([other], "delete")
    # Behind the locks: a link that was made meanwhile is not lost.
    linking = set(await store.linking(changes.tx, other, MOST_LINKING + 1))
    if len(linking) > MOST_LINKING:
        fix = "merge the other way round, or link fewer items to it"
        raise FieldError("other", f"more than {MOST_LINKING} items link to {other}", fix)
    if linking - (await changes.lock(linking)).keys():
        fix = "some items that link to it are not yours: ask who may change them"
        raise Forbidden("merge", f"item {other}", fix=fix)
    return pair, linking - pair.ids


def there(item: Item | None, id_: UUID) -> Item:
    """Give an item that is there; raises `ItemUnknown` or `ItemGone`."""
    if item is None:
        raise ItemUnknown(id_)
    if item.deleted:
        raise ItemGone(id_)
    return item


def check_keep(type_: ElementType, keep: Keep) -> None:
    """Refuse a choice between values of a field that there is not."""
    known = {field.key for field in type_.fields if field.kind != "link"} | set(ATTRIBUTES)
    for key in keep:
        if key not in known:
            raise FieldError(f"keep.{key}", "this type has no such field", f"use one of: {', '.join(sorted(known))}")


def together(type_: ElementType, pair: Pair, keep: Keep) -> JsonObject:
    """Give the values of both as one: those that this one lacks, or that are chosen from the other."""
    values = {key: chosen(getattr(pair.this, key), getattr(pair.other, key), keep.get(key)) for key in ATTRIBUTES}
    for field in type_.fields:
        mine, theirs = pair.this.fields.get(field.key), pair.other.fields.get(field.key)
        if field.kind == "link" or (theirs is None and field.key not in keep):
            continue
        if field.multiple and field.key not in keep:
            values[field.key] = each_once((*several(mine), *several(theirs)))
        else:
            values[field.key] = chosen(mine, theirs, keep.get(field.key))
    return values


def each_once(values: Sequence[Any]) -> list[Any]:
    """Give values in their order, each once; an address is one of several parts."""
    return [value for n, value in enumerate(values) if value not in values[:n]]


def chosen(mine: Any, theirs: Any, side: Side | None) -> Any:
    """Choose between two values."""
    if side is None:
        return theirs if mine is None or mine == "" else mine
    return mine if side == "this" else theirs


async def move_links(changes: Changes, pair: Pair, linking: set[UUID], why: str) -> None:
    """Let all that linked to the other link to the one that is kept, and it to whatever the other linked to."""
    for link in links_to(pair.this, pair.other.id):
        changes.remove_link(pair.this.id, link, why)
    for link in pair.other.links:
        changes.remove_link(pair.other.id, link, why)
        if link.id not in pair.ids:
            await changes.add_link(pair.this.id, link, why)
    await changes.add_link(pair.other.id, Link(role=MERGED_INTO, type=pair.this.type, id=pair.this.id), why)
    for id_ in sorted(linking):
        item = changes.item(id_)
        for link in () if item.deleted else links_to(item, pair.other.id):
            changes.remove_link(id_, link, why)
            await changes.add_link(id_, link.model_copy(update={"id": pair.this.id}), why)


def links_to(item: Item, to: UUID) -> list[Link]:
    """Give the links that lead from one item to another."""
    return [link for link in item.links if link.id == to]
