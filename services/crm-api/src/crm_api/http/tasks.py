"""Tasks over HTTP: made by the worker, read by anyone."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from crm_api.fields import LONGEST_STRING, LONGEST_TEXT
from crm_api.http.asking import Body, ByAnyone, ByService
from crm_api.http.timeline import Limit
from crm_api.presence import require_there
from crm_api.store import tasks as store
from crm_api.tasks import Task

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])


class NewTask(Body):
    """A task to be made; `id` is the effect's, so that a second time makes nothing new."""

    id: UUID
    item: UUID
    title: str = Field(min_length=1, max_length=LONGEST_STRING)
    description: str = Field("", max_length=LONGEST_TEXT)
    assignee: str | None = None
    role: str | None = None
    deadline: AwareDatetime | None = None


class Tasks(Body):
    """The tasks of an item, oldest first."""

    tasks: list[Task]


@router.post("", status_code=201)
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
async def listing(item: UUID, request: ByAnyone, limit: Limit = 1000) -> Tasks:
    """Give the tasks of an item."""
    async with request.transaction() as tx:
        return Tasks(tasks=await store.of_item(tx, item, limit))
