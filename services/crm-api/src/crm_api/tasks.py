"""Tasks: something for a person, or for anyone with a role, to do by a deadline."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.data import Part

TaskStatus = Literal["open", "done"]


class Task(Part):
    """One task; `id` is the effect's that made it, `assignee` a person, `role` whoever has it."""

    id: UUID
    item: UUID
    title: str
    description: str = ""
    assignee: str | None = None
    role: str | None = None
    deadline: datetime | None = None
    status: TaskStatus = "open"
    created_at: datetime
