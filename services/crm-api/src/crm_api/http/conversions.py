"""Conversions over HTTP: items made from an item, linked both ways."""

from typing import Any
from uuid import UUID

from contracts.items import Item
from fastapi import APIRouter, Response
from pydantic import Field

from crm_api.conversions import Conversion, convert
from crm_api.fields import require
from crm_api.http.asking import Body, ByPerson
from crm_api.http.items import locked

router = APIRouter(prefix="/v1/items", tags=["conversions"])


class Target(Body):
    """An item to be made from this one; `mapping` names, for fields of the new item, fields of this one."""

    to: str
    pipeline: str = ""
    stage: str = ""
    title: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    mapping: dict[str, str] | None = None


@router.post("/{item_id}/conversions", status_code=201)
async def create(item_id: UUID, body: Target, request: ByPerson, response: Response) -> Item:
    """Make an item from this one, linked both ways."""
    async with request.changing() as changes:
        source = await locked(changes, item_id)
        made = await convert(changes, source, Conversion(**body.model_dump()))
        require(changes.knowledge.types[made.type], made)
    response.headers["Location"] = f"/v1/items/{made.id}"
    return changes.item(made.id)
