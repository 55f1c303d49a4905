"""Conversions over HTTP: items made from an item, linked both ways."""

from typing import Annotated, Any
from uuid import UUID

from contracts.items import Item
from fastapi import APIRouter, Response
from fastapi import Body as Sent
from pydantic import Field

from crm_api.fields import FieldError, require
from crm_api.http.addresses import LeadId, SourceId
from crm_api.http.asking import Body, ByPerson
from crm_api.http.items import locked
from crm_api.record.changing import Changes
from crm_api.record.conversions import Conversion, convert_all, hold, is_new

router = APIRouter(prefix="/v1/items", tags=["conversions"])
MOST_TARGETS = 10
INVOICE: dict[str, Any] = {"to": "invoice", "pipeline": "invoice/main"}
LEAD: dict[str, Any] = {"targets": [{"to": "contact"}, {"to": "company"}, {"to": "deal", "pipeline": "deal/main"}]}
KNOWN: dict[int | str, dict[str, Any]] = {200: {"model": Item, "description": "The contact who was known already."}}


class Target(Body):
    """An item to be made from this one; `mapping` names, for fields of the new item, fields of this one."""

    to: str
    pipeline: str = ""
    stage: str = ""
    title: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    mapping: dict[str, str] | None = None


class Targets(Body):
    """Items to be made from this one at once: all of them, or none."""

    targets: list[Target] = Field(min_length=1, max_length=MOST_TARGETS)


class Converted(Body):
    """An item that came of a conversion; one that was not `made` is a contact who was known already."""

    item: Item
    made: bool


class Conversions(Body):
    """What came of a conversion, in the order of its targets."""

    items: list[Converted]


@router.post("/{item_id}/conversions", status_code=201, responses=KNOWN)
async def create(
    item_id: SourceId,
    body: Annotated[Target, Sent(openapi_examples={"invoice": {"value": INVOICE}})],
    request: ByPerson,
    response: Response,
) -> Item:
    """Make an item from this one, linked both ways; 200 and the contact who is known already by phone or email."""
    async with request.changing() as changes:
        [(made, is_made)] = await make(changes, item_id, [body])
    response.status_code = 201 if is_made else 200
    response.headers["Location"] = f"/v1/items/{made}"
    return changes.item(made)


@router.post("/{item_id}/conversions/together", status_code=201)
async def create_together(
    item_id: LeadId, body: Annotated[Targets, Sent(openapi_examples={"lead": {"value": LEAD}})], request: ByPerson
) -> Conversions:
    """Make several items from this one at once, linked to it and to one another both ways."""
    async with request.changing() as changes:
        made = await make(changes, item_id, body.targets)
    return Conversions(items=[Converted(item=changes.item(id_), made=is_made) for id_, is_made in made])


async def make(changes: Changes, item_id: UUID, targets: list[Target]) -> list[tuple[UUID, bool]]:
    """Make items, and say of each whether it is new; raises `FieldError` for what they lack."""
    conversions = [Conversion(**dict(target)) for target in targets]
    await hold(changes, item_id, conversions)
    source = await locked(changes, item_id)
    items = await convert_all(changes, source, conversions)
    for n, item in enumerate(items):
        if is_new(item):
            lacking(changes, item, f"targets.{n}." if len(items) > 1 else "")
    return [(item.id, is_new(item)) for item in items]


def lacking(changes: Changes, item: Item, at: str) -> None:
    """Refuse an item that leaves a required field empty; raises `FieldError` for its place."""
    try:
        require(changes.knowledge.types[item.type], item)
    except FieldError as error:
        raise FieldError(f"{at}{error.field}", error.problem, error.fix) from None
