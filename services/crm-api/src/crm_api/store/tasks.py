"""Tasks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction

from crm_api.access.rights import Reach
from crm_api.store.rights import allowed
from crm_api.tasks import Task

COLUMNS = "id, item, title, description, assignee, role, deadline, status, created_at"
ADD = (
    f"INSERT INTO task ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING id"
)
LOAD = f"SELECT {COLUMNS} FROM task WHERE id = $1"
MINE = "(t.assignee = $1 OR t.role = nullif($2, ''))"
PART = f"SELECT {COLUMNS} FROM task t WHERE (t.created_at, t.id) > ($3, $4)"
OWN = f"{PART} AND {MINE} ORDER BY created_at, id LIMIT $5"
OF_ITEM = (
    f"{PART} AND t.item = $6 AND ({MINE} OR EXISTS (SELECT FROM item i WHERE i.id = t.item AND {allowed(7)}))"
    " ORDER BY created_at, id LIMIT $5"
)


@dataclass(frozen=True, slots=True)
class Mine:
    """Whose tasks: those of a person, and those for whoever has a role."""

    person: str
    role: str


async def add(tx: Transaction, task: Task) -> bool:
    """Add a task; gives False for an id that is there already."""
    t = task
    values = (t.id, t.item, t.title, t.description, t.assignee, t.role, t.deadline, t.status, t.created_at)
    return await tx.fetchval(ADD, *values) is not None


async def load(tx: Transaction, id_: UUID) -> Task | None:
    """Load a task."""
    row = await tx.fetchrow(LOAD, id_)
    return None if row is None else Task.model_validate(dict(row))


async def own(tx: Transaction, mine: Mine, after: tuple[datetime, UUID], limit: int) -> list[Task]:
    """Give a part of somebody's own tasks, oldest first, behind a place in that order."""
    rows = await tx.fetch(OWN, mine.person, mine.role, *after, limit)
    return [Task.model_validate(dict(row)) for row in rows]


async def of_item(
    tx: Transaction, item: UUID, mine: Mine, reach: Reach, *, after: tuple[datetime, UUID], limit: int
) -> list[Task]:
    """Give a part of an item's tasks, oldest first: all of them where the item is within reach, else one's own."""
    rows = await tx.fetch(OF_ITEM, mine.person, mine.role, *after, limit, item, *reach.values)
    return [Task.model_validate(dict(row)) for row in rows]
