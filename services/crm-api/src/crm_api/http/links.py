"""Links of items over HTTP: made and taken away."""

from uuid import UUID

from contracts.data import JsonObject
from contracts.items import Item, Link
from fastapi import APIRouter
from pydantic import ConfigDict

from crm_api.fields import require
from crm_api.http.addresses import CONTACT, ItemId, LinkedId, LinkRole
from crm_api.http.asking import Body, ByPerson
from crm_api.http.items import locked

router = APIRouter(prefix="/v1/items", tags=["items"])
EXAMPLE: JsonObject = {"role": "contact", "type": "contact", "id": CONTACT}


class NewLink(Body):
    """The item to link to, its type, and the role that it has for this one."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    role: str
    type: str
    id: UUID
    version: int | None = None


@router.post("/{item_id}/links")
async def link(item_id: ItemId, body: NewLink, request: ByPerson) -> Item:
    """Link an item to another; where it is linked so already, nothing happens."""
    async with request.changing() as changes:
        await locked(changes, item_id, body.version)
        await changes.add_link(item_id, Link(role=body.role, type=body.type, id=body.id))
    return changes.item(item_id)


@router.delete("/{item_id}/links/{role}/{to}")
async def unlink(item_id: ItemId, role: LinkRole, to: LinkedId, request: ByPerson, version: int | None = None) -> Item:
    """Link an item no more to another under a role; where it is not linked so, nothing happens.

    The other item's own link back, if it has one, stays.
    """
    async with request.changing() as changes:
        item = await locked(changes, item_id, version)
        for one in item.links:
            if (one.role, one.id) == (role, to):
                changes.remove_link(item_id, one)
        left = changes.item(item_id)
        require(changes.knowledge.types[left.type], left, of={role})
    return changes.item(item_id)
