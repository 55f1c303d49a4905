"""Tasks over HTTP: made by the worker, read and worked on by whom they are for, and by whoever may change the item."""

from datetime import datetime
from typing import Annotated, Any, get_args
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.problems import Problem
from contracts.data import JsonObject
from contracts.items import Item
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, ConfigDict, Field

from crm_api.access.rights import Forbidden
from crm_api.activities.checking import known_person, within
from crm_api.fields import LONGEST_STRING, LONGEST_TEXT, FieldError
from crm_api.http.addresses import ITEM, TASK, TaskId
from crm_api.http.asking import Asked, Body, ByPerson, ByService
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.record.items import ItemGone
from crm_api.record.presence import readable, require_there
from crm_api.store import items as stored_items
from crm_api.store import tasks as store
from crm_api.tasks import changing
from crm_api.tasks.task import MOST_STEPS, Step, Task, TaskStatus

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])
EXAMPLE: JsonObject = {
    "id": TASK,
    "item": ITEM,
    "title": "Call about the oak table",
    "assignee": "ann",
    "deadline": "2026-11-30T17:00:00Z",
}
DONE: JsonObject = {"status": "done", "result": "They take the table", "checklist": [{"text": "Call", "done": True}]}
# What whoever a task is for may change of it; the rest is left to those who may change its item.
THEIRS = frozenset({"status", "checklist", "result"})
WHOSE = ("assignee", "role", "department")
OfItem = Annotated[UUID | None, Query(description="The item whose tasks; left out: the caller's own.", examples=[ITEM])]
Status = Annotated[TaskStatus | None, Query(description="Only those with this status.", examples=["open"])]


class NewTask(Body):
    """A task to be made; `id` is the effect's, so that a second time makes nothing new."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID
    item: UUID
    execution: UUID | None = None
    title: str = Field(min_length=1, max_length=LONGEST_STRING)
    description: str = Field("", max_length=LONGEST_TEXT)
    assignee: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    role: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    department: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    deadline: AwareDatetime | None = None


class TaskPatch(Body):
    """What is to be changed of a task; `version` is what the change was decided on.

    Of `assignee`, `role` and `department` the one that is sent takes the place of the others.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [DONE]})

    title: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    description: str | None = Field(None, max_length=LONGEST_TEXT)
    assignee: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    role: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    department: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    deadline: AwareDatetime | None = None
    status: TaskStatus | None = Field(None, description=f"One of {', '.join(get_args(TaskStatus))}.")
    checklist: tuple[Step, ...] | None = Field(None, max_length=MOST_STEPS)
    result: str | None = Field(None, max_length=LONGEST_TEXT)
    version: int | None = None


class ShownTask(Task):
    """A task as people see it; `late` says that its deadline has passed, `link` is the address of its item."""

    late: bool
    link: str

    @classmethod
    def of(cls, task: Task, now: datetime) -> "ShownTask":
        """Show a task."""
        return cls(**task.model_dump(), late=task.is_late(now), link=f"/v1/items/{task.item}")


MADE: dict[int | str, dict[str, Any]] = {
    200: {"model": ShownTask, "description": "The task was made with this id before."}
}


class Tasks(Body):
    """A part of the tasks, oldest first; `next` is what to send as `after` for the following part."""

    tasks: list[ShownTask]
    next: str | None


@router.post("", status_code=201, responses=MADE)
async def create(body: NewTask, request: ByService, response: Response) -> ShownTask:
    """Make a task, or give the one that was made with this id."""
    if body.deadline is not None:
        within("deadline", body.deadline)
    async with request.transaction() as tx:
        now = await tx.now()
        known = await store.load(tx, body.id)
        if known is None:
            await require_there(tx, body.item)
            task = Task(**body.model_dump(), created_at=now)
            if await store.add(tx, task):
                return ShownTask.of(task, now)
            known = await store.load(tx, body.id)
    assert known is not None  # noqa: S101  the id is taken, so there is one
    response.status_code = 200
    return ShownTask.of(known, now)


@router.get("")
async def listing(
    request: ByPerson, item: OfItem = None, status: Status = None, after: str = "", limit: Limit = 1000
) -> Tasks:
    """Give the tasks of an item, or the caller's own; whom a task is for sees it without the item."""
    async with request.transaction() as tx:
        rights = request.rights
        person = request.knowledge.people.get(rights.person)
        mine = store.Mine(rights.person, *((person.role, person.department) if person else ("", "")))
        part = store.Part(cursor(after), limit, status or "")
        if item is None:
            found = await store.own(tx, mine, part)
        else:
            found = await store.of_item(tx, item, mine, rights.reach("read"), part)
            # The end of a part that one may see is no other answer than an empty part.
            if not (found or after):
                await readable(tx, item, rights, deleted=True)
        now = await tx.now()
    last = [{"at": task.created_at, "id": task.id} for task in found]
    return Tasks(tasks=[ShownTask.of(task, now) for task in found], next=follows(last, "at", limit))


@router.get("/{task_id}", name="read")
async def one(task_id: TaskId, request: ByPerson) -> ShownTask:
    """Give a task to whoever may read its item, or is to do it."""
    async with request.transaction() as tx:
        task = await store.load(tx, task_id)
        await met(tx, request, task, task_id)
        assert task is not None  # noqa: S101  it was met
        return ShownTask.of(task, await tx.now())


@router.patch("/{task_id}")
async def change(task_id: TaskId, body: TaskPatch, request: ByPerson) -> ShownTask:
    """Change a task: its status, checklist and result by whom it is for, all of it by who may change its item.

    Another status is told on the item's timeline, and to triggers on `task.changed`.
    """
    async with request.transaction() as tx:
        task = await store.load(tx, task_id, lock=True)
        item, mine = await met(tx, request, task, task_id)
        assert task is not None  # noqa: S101  it was met
        require_may(request, item, body, mine=mine)
        if item.deleted:
            raise ItemGone(item.id)
        expect(task, body.version)
        update = told(body, request.knowledge)
        changed = await changing.change(tx, task, update, item, (request.process.outbox, request.cause))
        return ShownTask.of(changed, await tx.now())


async def met(tx: Transaction, request: Asked, task: Task | None, id_: UUID) -> tuple[Item, bool]:
    """Give the item of a task that the caller sees, and whether the task is theirs to do; raises a 404 problem."""
    rights = request.rights
    stored = (await stored_items.load(tx, [task.item])).get(task.item) if task else None
    if task is not None and stored is not None:
        item, mine = stored.item, task.is_for(request.knowledge.people.get(rights.person))
        if mine or rights.may("read", item):
            return item, mine
    raise Problem(404, "There is no such task", detail=f"there is no task {id_} for you")


def require_may(request: Asked, item: Item, body: TaskPatch, *, mine: bool) -> None:
    """Refuse what the caller may not change of a task; raises `Forbidden`."""
    if request.rights.may("change", item):
        return
    # A key that may only read does not do tasks either.
    by_key = request.principal.scope is not None and "change" not in request.principal.scope.actions
    beyond = sorted(body.model_fields_set - THEIRS - {"version"})
    if not mine or by_key or beyond:
        raise Forbidden("change", f"{beyond[0]} of this task" if mine and beyond else "this task")


def expect(task: Task, version: int | None) -> None:
    """Refuse a change that was decided on another version; raises a 409 problem that tells the present one."""
    if version is not None and version != task.version:
        words = f"it has version {task.version}, not {version}"
        current = task.model_dump(mode="json")
        fix = "look at the current task and send its version"
        raise Problem(409, "The task has changed meanwhile", detail=words, field="version", fix=fix, current=current)


def told(body: TaskPatch, knowledge: Knowledge) -> JsonObject:
    """Give what a request changes; raises `FieldError` for nobody, and for nothing where there must be something."""
    update = {name: getattr(body, name) for name in body.model_fields_set - {"version"}}
    require_something(update)
    if (deadline := update.get("deadline")) is not None:
        within("deadline", deadline)
    if person := update.get("assignee"):
        known_person("assignee", person, knowledge)
    if (department := update.get("department")) and department not in knowledge.departments:
        raise FieldError("department", f"there is no department {department!r}", "send the id of a department")
    return {**(dict.fromkeys(WHOSE) if update.keys() & set(WHOSE) else {}), **update}


def require_something(update: JsonObject) -> None:
    """Refuse nothing where there must be something: a task may be without a deadline, and change hands."""
    for name, value in update.items():
        if value is None and name not in {*WHOSE, "deadline"}:
            raise FieldError(name, "it cannot be nothing", "send a value, or leave it out")
