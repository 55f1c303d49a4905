"""Items in lists over HTTP: filtered, searched, sorted, part by part."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from contracts.items import Item
from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from crm_api.config import layouts
from crm_api.fields import FieldError
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.lists import columns as shown
from crm_api.lists import cursors, reading
from crm_api.lists.filters import WrittenCondition
from crm_api.lists.reading import Wanted
from crm_api.lists.which import Which
from crm_api.store import items as stored_items
from crm_api.store import lists as store
from crm_api.store import person_views

router = APIRouter(prefix="/v1/items", tags=["items"])
FIRST = ("", UUID(int=0))
EXAMPLE: Any = {
    "type": "deal",
    "pipeline": "deal/retail",
    "all": [{"field": "title", "contains": "oak"}, {"field": "created_at", "after": "2026-01-01T00:00:00Z"}],
    "sort": {"field": "title"},
    "columns": ["title", "stage", "responsible"],
    "limit": 50,
}


class Listing(Body):
    """Which items to list: empty `stage` and `type` mean any; `after` is the `next` of the part before.

    With `search` or `sort` (a field, with a minus before it where the largest come first) the type must be known.
    """

    pipeline: str = Field("", examples=["deal/retail"])
    stage: str = Field("", examples=["new"])
    type: str = Field("", examples=["deal"])
    search: str = Field("", examples=["oak"])
    sort: str = Field("", examples=["title"])
    after: str = ""
    limit: int = Field(100, ge=1, le=1000)


class ItemsPage(Body):
    """A part of a list; `next` is what to send as `after` for the following part."""

    items: list[Item]
    next: str | None


class Sort(Body):
    """By which field a list is sorted, those without a value last; `id`: as they were made."""

    field: str = "id"
    descending: bool = False


class Search(Body):
    """Which items to list, in which order, with which columns; empty `pipeline`, `stage` and `search` mean any.

    All conditions of `all` must hold. Each names a field, or title, responsible, stage, created_at or entered_at, and
    one operator: `equals`, `differs`, `in`, `empty`; for texts `contains`; for numbers and money `greater`, `smaller`,
    `between`; for dates `before`, `after`, `between`. Each word of `search` must begin a word of the item.
    Without `sort` the newest come first; without `columns` those that the caller chose for the type's list are shown.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    type: str
    pipeline: str = ""
    stage: str = ""
    all: list[WrittenCondition] = Field(default_factory=list)
    search: str = ""
    sort: Sort = Field(default_factory=lambda: Sort(descending=True))
    after: str = ""
    limit: int = Field(50, ge=1, le=1000)
    columns: list[str] | None = None


class Row(Body):
    """One item in a list: its values, in the order of the columns."""

    id: UUID
    version: int
    values: list[Any]


class Rows(Body):
    """A part of a list; `next` is what to send as `after` for the following part.

    `rules` are the addresses of the rules of the pipelines in it, where the caller may read them.
    """

    columns: list[str]
    rows: list[Row]
    next: str | None
    rules: list[str]


@router.get("")
async def listing(which: Annotated[Listing, Query()], request: ByPerson) -> ItemsPage:
    """List items: of a pipeline by stage, of no pipeline, or sorted and searched."""
    async with request.transaction() as tx:
        if which.search or which.sort:
            type_ = which.type or which.pipeline.partition("/")[0]
            wanted = Wanted(type_, which.pipeline, which.stage, (), which.search, which.sort or "-id")
            found, follows = await part(tx, await read(tx, request, wanted), which.after, which.limit)
            return ItemsPage(items=found, next=follows)
        place = stored_items.Which(which.pipeline, which.stage, which.type)
        reach, behind = request.rights.reach("read"), cursor(which.after)
        items = await stored_items.listed(tx, place, reach, behind, which.limit)
    follows = f"{items[-1].stage}/{items[-1].id}" if len(items) == which.limit else None
    return ItemsPage(items=items, next=follows)


@router.post("/search")
async def search(body: Search, request: ByPerson) -> Rows:
    """List the items that fulfil all conditions, as rows of the chosen columns."""
    if body.sort.field.startswith("-"):
        fix = f"send {body.sort.field[1:101]!r} with descending: true"
        raise FieldError("sort.field", "a field is named without a minus here", fix)
    sort = f"{'-' if body.sort.descending else ''}{body.sort.field}"
    wanted = Wanted(body.type, body.pipeline, body.stage, body.all, body.search, sort)
    async with request.transaction() as tx:
        which = await read(tx, request, wanted)
        columns = await chosen(tx, request, body)
        items, follows = await part(tx, which, body.after, body.limit)
    knowledge = request.knowledge
    rows = [
        Row(id=item.id, version=item.version, values=[shown.value(knowledge, item, name) for name in columns])
        for item in items
    ]
    pipelines = [id_ for id_, one in knowledge.pipelines.items() if one.type == which.type]
    rules = rules_at(request, [which.pipeline] if which.pipeline else pipelines)
    return Rows(columns=columns, rows=rows, next=follows, rules=rules)


async def read(tx: Transaction, request: Asked, wanted: Wanted) -> Which:
    """Read what is asked for, within what the caller may read; raises `FieldError`."""
    zone = ZoneInfo(request.knowledge.portal.zone)
    return reading.read(
        request.knowledge, wanted, request.rights.reach("read"), (await tx.now()).astimezone(zone).date()
    )


async def part(tx: Transaction, which: Which, after: str, limit: int) -> tuple[list[Item], str | None]:
    """Give a part of a list, and what to send for the following one; raises `FieldError`."""
    found = await store.part(tx, which, cursors.read(which.order, after), limit)
    follows = cursors.written(which.order, found[-1].place) if len(found) == limit else None
    return [one.item for one in found], follows


def rules_at(request: Asked, pipelines: Iterable[str]) -> list[str]:
    """Give where the rules of pipelines are, of those whose rules the caller may read."""
    may = request.rights.may_automate
    return [f"/v1/pipelines/{id_}" for id_ in sorted(pipelines) if may(id_.partition("/")[0], "read")]


async def chosen(tx: Transaction, request: Asked, body: Search) -> list[str]:
    """Give the columns that are asked for, else those that the caller chose, else the type's; raises `FieldError`."""
    if body.columns is None:
        own = await person_views.load(tx, request.principal.name, body.type, "list")
        return list(layouts.view(request.knowledge.types[body.type], "list", own))
    shown.check_columns(request.knowledge, body.type, body.columns)
    return body.columns


def cursor(after: str) -> tuple[str, UUID]:
    """Read the place behind which a part of a list by stages begins; raises `FieldError`."""
    if not after:
        return FIRST
    stage, _, id_ = after.rpartition("/")
    try:
        return stage, UUID(id_)
    except ValueError:
        raise FieldError("after", f"{after!r} is no place in the list", "send the `next` of the part before") from None
