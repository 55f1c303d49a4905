"""Tasks."""

from uuid import UUID

from chassis.database import Transaction

from crm_api.tasks import Task

COLUMNS = "id, item, title, description, assignee, role, deadline, status, created_at"
ADD = (
    f"INSERT INTO task ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING id"
)
LOAD = f"SELECT {COLUMNS} FROM task WHERE id = $1"
OF_ITEM = f"SELECT {COLUMNS} FROM task WHERE item = $1 ORDER BY created_at, id LIMIT $2"


async def add(tx: Transaction, task: Task) -> bool:
    """Add a task; gives False for an id that is there already."""
    t = task
    values = (t.id, t.item, t.title, t.description, t.assignee, t.role, t.deadline, t.status, t.created_at)
    return await tx.fetchval(ADD, *values) is not None


async def load(tx: Transaction, id_: UUID) -> Task | None:
    """Load a task."""
    row = await tx.fetchrow(LOAD, id_)
    return None if row is None else Task.model_validate(dict(row))


async def of_item(tx: Transaction, item: UUID, limit: int) -> list[Task]:
    """Give the tasks of an item, oldest first."""
    return [Task.model_validate(dict(row)) for row in await tx.fetch(OF_ITEM, item, limit)]
