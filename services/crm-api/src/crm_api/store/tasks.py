"""Tasks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction

from crm_api.access.rights import Reach
from crm_api.store.rights import allowed
from crm_api.tasks.task import Task

COLUMNS = (
    "id, item, execution, title, description, assignee, role, department, deadline, status, checklist, result, version,"
    " created_at, changed_at, changed_by"
)
PLACES = ", ".join(f"${n}" for n in range(1, len(COLUMNS.split(",")) + 1))
ADD = f"INSERT INTO task ({COLUMNS}) VALUES ({PLACES}) ON CONFLICT (id) DO NOTHING RETURNING id"
LOAD = f"SELECT {COLUMNS} FROM task WHERE id = $1"
SAVE = (
    "UPDATE task SET title = $2, description = $3, assignee = $4, role = $5, department = $6, deadline = $7,"
    " status = $8, checklist = $9, result = $10, version = $11, changed_at = $12, changed_by = $13 WHERE id = $1"
)
MINE = "(t.assignee = $1 OR t.role = nullif($2, '') OR t.department = nullif($3, ''))"
PART = f"SELECT {COLUMNS} FROM task t WHERE (t.created_at, t.id) > ($4, $5) AND ($7 = '' OR t.status = $7)"
# What is still to be done of a deleted item can be done by nobody; it comes back with the item.
STANDS = (
    "(t.status NOT IN ('open', 'in_progress') OR EXISTS (SELECT FROM item i WHERE i.id = t.item AND NOT i.deleted))"
)
OWN = f"{PART} AND {MINE} AND {STANDS} ORDER BY created_at, id LIMIT $6"
OF_ITEM = (
    f"{PART} AND t.item = $8 AND ({MINE} OR EXISTS (SELECT FROM item i WHERE i.id = t.item AND {allowed(9)}))"
    " ORDER BY created_at, id LIMIT $6"
)


OF_ITEMS = (
    "SELECT id, title, description, result, checklist FROM task WHERE item = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
)
REWRITE = (
    "UPDATE task AS t SET title = u.t, description = u.d, result = u.r, checklist = u.c"
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[]) AS u(i, t, d, r, c) WHERE t.id = u.i"
)


@dataclass(frozen=True, slots=True)
class Mine:
    """Whose tasks: those of a person, and those for whoever has a role or is of a department."""

    person: str
    role: str
    department: str


@dataclass(frozen=True, slots=True)
class Part:
    """Which of them: with a status, any where it is empty; behind a place in the order of their making."""

    after: tuple[datetime, UUID]
    limit: int
    status: str = ""


async def add(tx: Transaction, task: Task) -> bool:
    """Add a task; gives False for an id that is there already."""
    t = task
    told = (t.id, t.item, t.execution, t.title, t.description, t.assignee, t.role, t.department, t.deadline, t.status)
    kept = (steps(t), t.result, t.version, t.created_at, t.changed_at, t.changed_by)
    return await tx.fetchval(ADD, *told, *kept) is not None


async def save(tx: Transaction, task: Task) -> None:
    """Write a locked task as it is now."""
    t = task
    told = (t.id, t.title, t.description, t.assignee, t.role, t.department, t.deadline, t.status)
    await tx.execute(SAVE, *told, steps(t), t.result, t.version, t.changed_at, t.changed_by)


async def load(tx: Transaction, id_: UUID, *, lock: bool = False) -> Task | None:
    """Load a task, and lock it where it is to be changed."""
    row = await tx.fetchrow(f"{LOAD} FOR UPDATE" if lock else LOAD, id_)
    return None if row is None else Task.model_validate(dict(row))


async def own(tx: Transaction, mine: Mine, part: Part) -> list[Task]:
    """Give a part of somebody's own tasks, oldest first."""
    asked = (mine.person, mine.role, mine.department, *part.after, part.limit, part.status)
    return [Task.model_validate(dict(row)) for row in await tx.fetch(OWN, *asked)]


async def of_item(tx: Transaction, item: UUID, mine: Mine, reach: Reach, part: Part) -> list[Task]:
    """Give a part of an item's tasks, oldest first: all of them where the item is within reach, else one's own."""
    asked = (mine.person, mine.role, mine.department, *part.after, part.limit, part.status)
    rows = await tx.fetch(OF_ITEM, *asked, item, *reach.values)
    return [Task.model_validate(dict(row)) for row in rows]


async def of_items(tx: Transaction, items: Collection[UUID]) -> list[dict[str, Any]]:
    """Lock the tasks of items."""
    return [dict(row) for row in await tx.fetch(OF_ITEMS, list(items))]


async def rewrite(tx: Transaction, texts: Sequence[tuple[Any, ...]]) -> None:
    """Write other texts of tasks: title, description, result and checklist by their ids."""
    if texts:
        await tx.execute(REWRITE, *zip(*texts, strict=True))


def steps(task: Task) -> list[dict[str, object]]:
    """Give the checklist as it is kept."""
    return [step.model_dump() for step in task.checklist]
