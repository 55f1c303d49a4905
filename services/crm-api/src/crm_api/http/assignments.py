"""Who is responsible, over HTTP: for one item, or for many at once."""

from uuid import UUID

from contracts.data import JsonObject
from contracts.items import Item
from contracts.people import Among
from fastapi import APIRouter
from pydantic import ConfigDict, Field

from crm_api.http.addresses import ITEM, ItemId
from crm_api.http.asking import Body, ByPerson
from crm_api.http.items import locked
from crm_api.http.moves import MOST, all_locked
from crm_api.record.assigning import assign

router = APIRouter(prefix="/v1/items", tags=["items"])
EXAMPLE: JsonObject = {"to": "round-robin", "among": {"role": "seller"}}


class Assignment(Body):
    """Who becomes responsible: a person, or one of those `among` whom `round-robin` or `least-busy` chooses.

    Who is away or inactive has no turn; where nobody is there, their deputies have.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    to: str
    among: Among | None = None
    version: int | None = None


class Assignments(Body):
    """Who becomes responsible for each of several items, in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "items": [ITEM]}]})

    items: list[UUID] = Field(min_length=1, max_length=MOST)
    to: str
    among: Among | None = None


@router.post("/{item_id}/assign")
async def assign_one(item_id: ItemId, body: Assignment, request: ByPerson) -> Item:
    """Make somebody responsible for an item."""
    async with request.changing() as changes:
        await locked(changes, item_id, body.version)
        await assign(changes, [item_id], body.to, body.among)
    return changes.item(item_id)


@router.post("/assignments")
async def assign_many(body: Assignments, request: ByPerson) -> list[Item]:
    """Make somebody responsible for each of several items: for all of them, or where one cannot be, for none."""
    async with request.changing() as changes:
        items = await all_locked(changes, body.items)
        await assign(changes, items, body.to, body.among)
        await request.audit(changes.tx, "items", items=len(items), to=body.to)
    return [changes.item(item) for item in items]
