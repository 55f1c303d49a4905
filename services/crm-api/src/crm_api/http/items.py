"""Items over HTTP: made, read, changed, moved, deleted."""

from typing import Any, Literal
from uuid import UUID

from contracts.data import JsonObject
from contracts.items import Item, Link
from contracts.people import ItemAction
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from crm_api.config.layouts import asked_now
from crm_api.fields import require
from crm_api.http.addresses import CONTACT, ItemId
from crm_api.http.asking import Body, ByPerson
from crm_api.http.refusals import expect_version
from crm_api.record.changing import Changes
from crm_api.record.items import ItemGone, ItemUnknown
from crm_api.record.presence import readable

router = APIRouter(prefix="/v1/items", tags=["items"])
NEW: JsonObject = {
    "type": "deal",
    "pipeline": "deal/retail",
    "title": "Oak table",
    "fields": {"amount": "1200.00 EUR", "wish": "before Christmas"},
    "links": [{"role": "contact", "type": "contact", "id": CONTACT}],
}


class Place(Body):
    """Where an item goes; `suppress` enters it without rules and triggers, for the `job` that is named."""

    automation: Literal["run", "suppress"] = "run"
    job: str = ""

    @property
    def suppressed(self) -> str | None:
        """Give the job for which the entry makes nothing run."""
        return self.job if self.automation == "suppress" else None


class NewItem(Place):
    """An item to be made; its first stage where none is named.

    The form `quick` demands only what the quick-create form asks; what else is required may wait.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [NEW]})

    type: str
    pipeline: str = ""
    stage: str = ""
    title: str = ""
    fields: dict[str, Any] = Field(default_factory=dict)
    responsible: str | None = None
    links: list[Link] = Field(default_factory=list)
    form: Literal["full", "quick"] = "full"


class ItemPatch(Body):
    """Fields to set, `title` and `responsible` among them; null empties one; `version` is what it was decided on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"fields": {"title": "Two oak tables", "wish": None}}]})

    fields: dict[str, Any]
    version: int | None = None


class Move(Place):
    """The stage to enter, of another pipeline where one is named; `version` is what the move was decided on.

    In another pipeline it is the first stage where none is named.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"stage": "won"}]})

    stage: str = ""
    pipeline: str = ""
    version: int | None = None


@router.post("", status_code=201)
async def create(body: NewItem, request: ByPerson, response: Response) -> Item:
    """Make an item."""
    async with request.changing() as changes:
        made = await changes.create(
            **body.model_dump(exclude={"links", "automation", "job", "form"}),
            links=body.links,
            suppressed=body.suppressed,
        )
        type_ = changes.knowledge.types[made.type]
        require(type_, made, of=asked_now(type_) if body.form == "quick" else None)
    response.headers["Location"] = f"/v1/items/{made.id}"
    return changes.item(made.id)


@router.get("/{item_id}")
async def read(item_id: ItemId, request: ByPerson) -> Item:
    """Give an item as it is now."""
    async with request.transaction() as tx:
        return await readable(tx, item_id, request.rights)


@router.patch("/{item_id}")
async def change(item_id: ItemId, body: ItemPatch, request: ByPerson) -> Item:
    """Set fields of an item."""
    async with request.changing() as changes:
        await locked(changes, item_id, body.version)
        changes.set_fields(item_id, body.fields)
        item = changes.item(item_id)
        require(changes.knowledge.types[item.type], item, of=body.fields)
    return changes.item(item_id)


@router.post("/{item_id}/move")
async def move(item_id: ItemId, body: Move, request: ByPerson) -> Item:
    """Move an item to a stage of its pipeline or of another; where it stands there already, nothing happens."""
    async with request.changing() as changes:
        await locked(changes, item_id, body.version)
        changes.move(item_id, body.stage, pipeline=body.pipeline, suppressed=body.suppressed)
    return changes.item(item_id)


@router.delete("/{item_id}", status_code=204)
async def delete(item_id: ItemId, request: ByPerson, version: int | None = None) -> None:
    """Delete an item; its timeline stays readable. `version` is what the deletion was decided on."""
    async with request.changing() as changes:
        await locked(changes, item_id, version, action="delete")
        changes.delete(item_id)


@router.post("/{item_id}/restore")
async def restore(item_id: ItemId, request: ByPerson, version: int | None = None) -> Item:
    """Take the deletion of an item back; where it is not deleted, nothing happens.

    It is an ordinary change: the item stands where it stood, in the same activation. What its deletion cancelled stays
    cancelled, and its stage's rules do not run anew; that needs a move.
    """
    async with request.changing() as changes:
        found = (await changes.lock([item_id], "delete")).get(item_id)
        if found is None:
            raise ItemUnknown(item_id)
        expect_version(found, version)
        changes.restore(item_id)
    return changes.item(item_id)


async def locked(changes: Changes, item_id: UUID, version: int | None = None, *, action: ItemAction = "change") -> Item:
    """Lock an item that is there, at the version that is expected where one is; raises what is wrong."""
    found = (await changes.lock([item_id], action)).get(item_id)
    if found is None:
        raise ItemUnknown(item_id)
    if found.deleted:
        raise ItemGone(item_id)
    expect_version(found, version)
    return found
