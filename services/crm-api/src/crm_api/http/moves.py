"""Moves of many items at once over HTTP: all of them, or none."""

from collections.abc import Sequence
from uuid import UUID

from contracts.data import JsonObject
from contracts.items import Item
from fastapi import APIRouter
from pydantic import ConfigDict, Field

from crm_api.http.addresses import ITEM
from crm_api.http.asking import ByPerson
from crm_api.http.items import Place
from crm_api.record.changing import Changes
from crm_api.record.items import ItemGone, ItemUnknown

router = APIRouter(prefix="/v1/items", tags=["items"])
MOST = 100
EXAMPLE: JsonObject = {"items": [ITEM], "stage": "won"}


class Moves(Place):
    """The stage that several items enter, of another pipeline where one is named."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    items: list[UUID] = Field(min_length=1, max_length=MOST)
    stage: str = ""
    pipeline: str = ""


@router.post("/moves")
async def move_many(body: Moves, request: ByPerson) -> list[Item]:
    """Move several items: all of them, or where one cannot be moved, none."""
    async with request.changing() as changes:
        items = await all_locked(changes, body.items)
        for item in items:
            changes.move(item, body.stage, pipeline=body.pipeline, suppressed=body.suppressed)
        await request.audit(changes.tx, "items", items=len(items), stage=body.stage, pipeline=body.pipeline)
    return [changes.item(item) for item in items]


async def all_locked(changes: Changes, ids: Sequence[UUID]) -> list[UUID]:
    """Lock items that are all there, and give each once, in their order; raises what is wrong with the first."""
    wanted = list(dict.fromkeys(ids))
    found = await changes.lock(wanted)
    for id_ in wanted:
        if id_ not in found:
            raise ItemUnknown(id_)
        if found[id_].deleted:
            raise ItemGone(id_)
    return wanted
