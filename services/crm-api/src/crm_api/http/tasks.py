"""Tasks over HTTP: made by the worker, read by whoever may read the item, and by whom they are for."""

from typing import Annotated, Any
from uuid import UUID

from contracts.data import JsonObject
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, ConfigDict, Field

from crm_api.fields import LONGEST_STRING, LONGEST_TEXT
from crm_api.http.addresses import ITEM, TASK
from crm_api.http.asking import Body, ByPerson, ByService
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.record.presence import readable, require_there
from crm_api.store import tasks as store
from crm_api.tasks import Task

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])
EXAMPLE: JsonObject = {
    "id": TASK,
    "item": ITEM,
    "title": "Call about the oak table",
    "assignee": "ann",
    "deadline": "2026-11-30T17:00:00Z",
}
MADE: dict[int | str, dict[str, Any]] = {200: {"model": Task, "description": "The task was made with this id before."}}
OfItem = Annotated[UUID | None, Query(description="The item whose tasks; left out: the caller's own.", examples=[ITEM])]


class NewTask(Body):
    """A task to be made; `id` is the effect's, so that a second time makes nothing new."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID
    item: UUID
    title: str = Field(min_length=1, max_length=LONGEST_STRING)
    description: str = Field("", max_length=LONGEST_TEXT)
    assignee: str | None = None
    role: str | None = None
    deadline: AwareDatetime | None = None


class Tasks(Body):
    """A part of the tasks, oldest first; `next` is what to send as `after` for the following part."""

    tasks: list[Task]
    next: str | None


@router.post("", status_code=201, responses=MADE)
async def create(body: NewTask, request: ByService, response: Response) -> Task:
    """Make a task, or give the one that was made with this id."""
    async with request.transaction() as tx:
        known = await store.load(tx, body.id)
        if known is None:
            await require_there(tx, body.item)
            task = Task(**body.model_dump(), created_at=await tx.now())
            if await store.add(tx, task):
                return task
            known = await store.load(tx, body.id)
    assert known is not None  # noqa: S101  the id is taken, so there is one
    response.status_code = 200
    return known


@router.get("")
async def listing(request: ByPerson, item: OfItem = None, after: str = "", limit: Limit = 1000) -> Tasks:
    """Give the tasks of an item, or the caller's own; whom a task is for sees it without the item."""
    async with request.transaction() as tx:
        rights = request.rights
        person = request.knowledge.people.get(rights.person)
        mine = store.Mine(rights.person, person.role if person else "")
        if item is None:
            found = await store.own(tx, mine, cursor(after), limit)
        else:
            found = await store.of_item(tx, item, mine, rights.reach("read"), after=cursor(after), limit=limit)
            if not found:
                await readable(tx, item, rights, deleted=True)
    last = [{"at": task.created_at, "id": task.id} for task in found]
    return Tasks(tasks=found, next=follows(last, "at", limit))
