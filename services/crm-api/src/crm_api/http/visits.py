"""The switch on a card that lets the visits of an item's client concern it."""

from typing import Any

from contracts.items import Item
from contracts.visits import WATCHED
from fastapi import APIRouter
from pydantic import ConfigDict

from crm_api.http.addresses import ItemId
from crm_api.http.asking import Body, ByPerson
from crm_api.http.items import locked

router = APIRouter(prefix="/v1/items", tags=["visits"])
EXAMPLE: dict[str, Any] = {"watched": True}


class Watching(Body):
    """Whether visits concern the item; on a contact's card the switch is for all items of the contact."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    watched: bool


@router.put("/{item_id}/visits")
async def put(item_id: ItemId, body: Watching, request: ByPerson) -> Item:
    """Switch it on or off; where it is so already, nothing happens."""
    async with request.changing() as changes:
        await locked(changes, item_id)
        changes.keep(item_id, WATCHED, body.watched or None, "visits are watched" if body.watched else "")
    return changes.item(item_id)
