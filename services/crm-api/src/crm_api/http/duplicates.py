"""Duplicates over HTTP: who may be there twice, and two made one."""

from typing import Any, Literal
from uuid import UUID

from contracts.items import Item
from contracts.signals import Identity
from fastapi import APIRouter
from pydantic import ConfigDict, Field

from crm_api.fields import FieldError
from crm_api.http.addresses import TWIN, ContactId
from crm_api.http.asking import Body, ByPerson
from crm_api.http.timeline import Limit
from crm_api.record import duplicates
from crm_api.record.merging import merge
from crm_api.record.presence import readable
from crm_api.store import items as stored_items
from crm_api.store.duplicates import Part

router = APIRouter(prefix="/v1/items", tags=["duplicates"])
EXAMPLE: dict[str, Any] = {"other": TWIN, "keep": {"email": "other"}}
FIRST = UUID(int=0)


class Duplicate(Body):
    """An item that may be the same, and by which phones and emails it is found."""

    item: Item
    by: list[Identity]


class Duplicates(Body):
    """A part of the items that may be the same as one; `next` is what to send as `after` for the following part."""

    items: list[Duplicate]
    next: UUID | None


class Merge(Body):
    """The record that ends; `keep` says by field whose value is kept, where it is not this one's if it has any."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    other: UUID
    keep: dict[str, Literal["this", "other"]] = Field(default_factory=dict, max_length=500)


@router.get("/{item_id}/duplicates")
async def listing(item_id: ContactId, request: ByPerson, after: str = "", limit: Limit = 100) -> Duplicates:
    """List contacts, or others of the same type, that have a phone or email in common with an item."""
    async with request.transaction() as tx:
        item = await readable(tx, item_id, request.rights)
        reach = request.rights.reach("read")
        known = await duplicates.found(tx, request.knowledge, item, Part(reach, place(after), limit))
        items = await stored_items.load_within(tx, known, reach)
    there = [items[id_].item for id_ in known if id_ in items and not items[id_].item.deleted]
    follows = max(known) if len(known) == limit else None
    return Duplicates(items=[Duplicate(item=item, by=known[item.id]) for item in there], next=follows)


@router.post("/{item_id}/merge", name="merge")
async def create(item_id: ContactId, body: Merge, request: ByPerson) -> Item:
    """Merge another record of the same person or company into this one; the other ends, and its timeline stays."""
    async with request.changing() as changes:
        await merge(changes, item_id, body.other, body.keep)
        await request.audit(changes.tx, f"item/{item_id}", other=str(body.other))
    return changes.item(item_id)


def place(after: str) -> UUID:
    """Read the place behind which a part begins; raises `FieldError`."""
    try:
        return UUID(after) if after else FIRST
    except ValueError:
        raise FieldError("after", f"{after!r} is no place in the list", "send the `next` of the part before") from None
