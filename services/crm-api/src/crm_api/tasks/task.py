"""One task: what is to be done, by whom, until when, and how far it is."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.data import Part
from contracts.people import Person
from pydantic import Field

TaskStatus = Literal["open", "in_progress", "done", "cancelled"]
# What is still to be done, and late where its deadline has passed.
UNDONE: tuple[TaskStatus, ...] = ("open", "in_progress")
MOST_STEPS = 100
LONGEST_STEP = 500


class Step(Part):
    """One line of a checklist."""

    text: str = Field(min_length=1, max_length=LONGEST_STEP)
    done: bool = False


class Task(Part):
    """One task; `id` is the effect's that made it, `execution` that of the rule, where a rule did.

    It is for the `assignee`, or for whoever has the `role` or is of the `department`; `result` is what came of it, as
    the one says who did it.
    """

    id: UUID
    item: UUID
    execution: UUID | None = None
    title: str
    description: str = ""
    assignee: str | None = None
    role: str | None = None
    department: str | None = None
    deadline: datetime | None = None
    status: TaskStatus = "open"
    checklist: tuple[Step, ...] = ()
    result: str = ""
    version: int = 1
    created_at: datetime
    changed_at: datetime | None = None
    changed_by: str = ""

    def is_for(self, person: Person | None) -> bool:
        """Say whether it is a person's to do: by name, or as one of those who may."""
        if person is None:
            return False
        by_role = bool(person.role) and self.role == person.role
        by_department = bool(person.department) and self.department == person.department
        return self.assignee == person.id or by_role or by_department

    def is_late(self, now: datetime) -> bool:
        """Say whether its deadline has passed while it is still to be done."""
        return self.deadline is not None and self.deadline < now and self.status in UNDONE
