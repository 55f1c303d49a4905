"""Boards over HTTP: the stages of a pipeline with what stands in them, and what that is worth."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.config import Pipeline
from contracts.items import Item
from contracts.rules import Stage, Text
from fastapi import APIRouter, Path, Query
from pydantic import Field

from crm_api.config import layouts
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.lists import part, read, rules_at
from crm_api.http.pipelines import PipelineId
from crm_api.lists import cursors, totals
from crm_api.lists.columns import value
from crm_api.lists.reading import Wanted
from crm_api.rules.drafts import PipelineUnknown
from crm_api.store import lists as stored_lists
from crm_api.store import person_views
from crm_api.store import totals as store

router = APIRouter(prefix="/v1/pipelines/{type_}/{key}", tags=["boards"])
StageKey = Annotated[str, Path(description="The key of the stage.", examples=["new"])]


class StageTotal(Body):
    """How many items stand in a stage, and the sums of their amounts by currency.

    `together` is all of them in the portal's currency, by today's rates; null where a rate is missing.
    """

    stage: str
    count: int
    sums: list[str]
    together: str | None


class Totals(Body):
    """The totals of a pipeline's stages, in their order."""

    pipeline: str
    stages: list[StageTotal]


class BoardCard(Body):
    """An item on a board, with the fields that the caller's board shows."""

    id: UUID
    version: int
    entered_at: datetime
    fields: dict[str, Any]


class Column(StageTotal):
    """A stage of a board with its first cards; `next` is what to send for the following ones.

    Count and sums are those of the whole stage, whatever is searched for.
    """

    name: Text
    kind: str
    color: str
    cards: list[BoardCard]
    next: str | None


class Board(Body):
    """A pipeline as a board; `fields` are those that its cards show, in their order.

    `rules` is the address of its rules, null where the caller may not read them.
    """

    pipeline: str
    rules: str | None
    fields: list[str]
    stages: list[Column]


class Cards(Body):
    """More cards of a stage; `next` is what to send as `after` for the following ones."""

    cards: list[BoardCard]
    next: str | None


class Shown(Body):
    """What a board shows: `sort` is a field, with a minus before it where the largest come first; else the newest."""

    search: str = Field("", examples=["oak"])
    sort: str = Field("-id", examples=["title"])
    limit: int = Field(20, ge=1, le=100)


class More(Shown):
    """What more of a stage to show; `after` is the `next` of the part before."""

    after: str = ""


@router.get("/totals", name="totals")
async def count(id_: PipelineId, request: ByPerson) -> Totals:
    """Count and sum what stands in each stage, of what the caller may read."""
    async with request.transaction() as tx:
        pipeline = known(request, id_)
        found = await totalled(tx, request, pipeline)
    return Totals(pipeline=id_, stages=[found[stage.key] for stage in pipeline.stages])


@router.get("/board", name="read")
async def board(id_: PipelineId, shown: Annotated[Shown, Query()], request: ByPerson) -> Board:
    """Give the first cards of every stage, with its totals."""
    async with request.transaction() as tx:
        pipeline = known(request, id_)
        wanted = Wanted(pipeline.type, id_, search=shown.search, sort=shown.sort)
        which = await read(tx, request, wanted)
        sums, fields = await totalled(tx, request, pipeline), await on_card(tx, request, pipeline)
        found = await stored_lists.board(tx, which, shown.limit)

    def column(stage: Stage) -> Column:
        listed = found[stage.key]
        full = len(listed) == shown.limit
        return Column(
            **sums[stage.key].model_dump(),
            **stage.model_dump(include={"name", "kind", "color"}),
            cards=[card(request.knowledge, one.item, fields) for one in listed],
            next=cursors.written(which.order, listed[-1].place) if full else None,
        )

    rules = next(iter(rules_at(request, [id_])), None)
    return Board(pipeline=id_, rules=rules, fields=fields, stages=[column(stage) for stage in pipeline.stages])


@router.get("/board/{stage}")
async def more(id_: PipelineId, stage: StageKey, shown: Annotated[More, Query()], request: ByPerson) -> Cards:
    """Give more cards of one stage."""
    async with request.transaction() as tx:
        pipeline = known(request, id_)
        which = await read(tx, request, Wanted(pipeline.type, id_, stage, search=shown.search, sort=shown.sort))
        fields = await on_card(tx, request, pipeline)
        items, follows = await part(tx, which, shown.after, shown.limit)
    return Cards(cards=[card(request.knowledge, item, fields) for item in items], next=follows)


@router.post("/totals/recount", status_code=202)
async def recount(id_: PipelineId, request: ByPerson) -> None:
    """Let all items of the type be counted and indexed anew, in the background; for admins, after a restore."""
    async with request.transaction() as tx:
        request.rights.require_admin("recount", id_)
        pipeline = known(request, id_)
        await store.forget(tx, pipeline.type)
        await request.audit(tx, f"type/{pipeline.type}")


def known(request: Asked, id_: str) -> Pipeline:
    """Give a pipeline that there is; raises `PipelineUnknown`."""
    found = request.knowledge.pipelines.get(id_)
    if found is None:
        raise PipelineUnknown(f"no pipeline has the id {id_}")
    return found


async def totalled(tx: Transaction, request: Asked, pipeline: Pipeline) -> dict[str, StageTotal]:
    """Give the totals of all stages, by stage."""
    knowledge = request.knowledge
    found = totals.by_stage(await store.of_pipeline(tx, pipeline.id, request.rights.reach("read")))
    today = (await tx.now()).astimezone(ZoneInfo(knowledge.portal.zone)).date()

    def told(stage: str) -> StageTotal:
        total = found.get(stage, totals.NOTHING)
        together = totals.together(knowledge, total, today)
        sums = [str(money) for money in total.money]
        return StageTotal(stage=stage, count=total.count, sums=sums, together=str(together) if together else None)

    return {stage.key: told(stage.key) for stage in pipeline.stages}


async def on_card(tx: Transaction, request: Asked, pipeline: Pipeline) -> list[str]:
    """Give the fields that the caller's board shows."""
    own = await person_views.load(tx, request.principal.name, pipeline.type, "board")
    return list(layouts.view(request.knowledge.types[pipeline.type], "board", own))


def card(knowledge: Knowledge, item: Item, fields: list[str]) -> BoardCard:
    """Give an item as a card."""
    shown = {name: value(knowledge, item, name) for name in fields}
    return BoardCard(id=item.id, version=item.version, entered_at=item.entered_at, fields=shown)
