"""How items of a type are shown, over HTTP: the card, the quick-create form, and what each person wants to see."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.problems import Problem
from contracts.elements import ElementType
from contracts.executions import ExecutionRow, ExecutionState
from contracts.items import Item
from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict

from crm_api.config import layouts
from crm_api.config.element_types import SHOWN, check_shown
from crm_api.config.layouts import Form, ShownSection, View
from crm_api.fields import FieldError
from crm_api.http.addresses import ITEM
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.record.presence import readable
from crm_api.store import cards as stored_cards
from crm_api.store import person_views as store

router = APIRouter(prefix="/v1/types/{type_}", tags=["types"])
Type = Annotated[str, Path(description="The key of the type.", examples=["deal"])]
ViewName = Annotated[View, Path(description="Where it is seen.", examples=["list"])]
OfItem = Annotated[UUID | None, Query(description="The item whose values and rules the card shows.", examples=[ITEM])]


class Mark(Body):
    """What became of one rule on an item; `done` is the green check."""

    stage: str
    rule: str
    state: ExecutionState
    done: bool
    reason: str
    at: datetime | None

    @classmethod
    def of(cls, row: ExecutionRow) -> "Mark":
        """Mark a rule."""
        return cls(
            stage=row.stage,
            rule=row.rule_key,
            state=row.state,
            done=row.state == "succeeded",
            reason=row.reason,
            at=row.finished_at or row.due_at,
        )


class Card(Body):
    """A card: its sections with their fields in order, the item whose values they hold, and a mark for each rule.

    Where `more_rules` ran before those that are marked, the item's timeline (`/v1/items/{id}/timeline`) tells of all.
    """

    type: str
    sections: tuple[ShownSection, ...]
    item: Item | None = None
    rules: tuple[Mark, ...] = ()
    more_rules: bool = False


class ChosenFields(Body):
    """The fields to show, in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"fields": ["title", "responsible"]}]})

    fields: tuple[str, ...]


class ShownView(Body):
    """What the caller sees on a board or in a list; `own` says whether they chose it themselves."""

    type: str
    name: View
    fields: tuple[str, ...]
    own: bool


@router.get("/card")
async def card(type_: Type, request: ByPerson, item: OfItem = None) -> Card:
    """Give the card of a type, of one item where one is named."""
    async with request.transaction() as tx:
        sections = layouts.card(known(request, type_))
        if item is None:
            return Card(type=type_, sections=sections)
        found = await readable(tx, item, request.rights)
        rules, more = await stored_cards.rules(tx, item)
    if found.type != type_:
        raise FieldError("item", f"item {item} is a {found.type}", f"ask for the card of {found.type!r}")
    marks = tuple(Mark.of(row) for row in rules)
    return Card(type=type_, sections=sections, item=found, rules=marks, more_rules=more)


@router.get("/form")
async def form(type_: Type, request: ByPerson) -> Form:
    """Give the quick-create form of a type: what it asks now, and what must be filled later."""
    async with request.transaction():
        return layouts.quick_form(known(request, type_))


@router.get("/views/{name}")
async def view(type_: Type, name: ViewName, request: ByPerson) -> ShownView:
    """Give what the caller sees of each item on a board or in a list."""
    async with request.transaction() as tx:
        known(request, type_)
        own = await store.load(tx, request.principal.name, type_, name)
        return shown(request, type_, name, own)


@router.put("/views/{name}")
async def choose(type_: Type, name: ViewName, body: ChosenFields, request: ByPerson) -> ShownView:
    """Choose what the caller sees of each item on a board or in a list."""
    async with request.transaction() as tx:
        keys = [*(field.key for field in known(request, type_).fields), *SHOWN]
        if not body.fields:
            raise FieldError("fields", "nothing would be seen", "name at least one field, or delete the view")
        check_shown(body.fields, keys, "fields")
        await store.save(tx, request.principal.name, type_, name, body.fields)
        return shown(request, type_, name, body.fields)


@router.delete("/views/{name}", status_code=204)
async def forget(type_: Type, name: ViewName, request: ByPerson) -> None:
    """Show the caller again what the type says."""
    async with request.transaction() as tx:
        known(request, type_)
        await store.delete(tx, request.principal.name, type_, name)


def shown(request: Asked, type_: str, name: View, own: list[str] | tuple[str, ...] | None) -> ShownView:
    """Give what the caller sees."""
    fields = layouts.view(known(request, type_), name, own)
    return ShownView(type=type_, name=name, fields=fields, own=own is not None)


def known(request: Asked, type_: str) -> ElementType:
    """Give a type that there is; raises a 404 problem."""
    found = request.knowledge.types.get(type_)
    if found is None:
        raise Problem(404, "There is no such type", detail=f"no type has the key {type_!r}")
    return found
