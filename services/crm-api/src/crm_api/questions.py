"""Questions to employees: what a rule wants to know of them, until somebody answers or it is over."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.data import JsonObject, Part
from contracts.ids import derived
from contracts.questions import AskedField
from pydantic import Field

QuestionState = Literal["open", "answered", "not_answered", "withdrawn"]


class Question(Part):
    """One question; `people` may answer it, and whoever has the `role` or is of the `department`.

    `answers` are by the keys of `asked`.
    """

    id: UUID
    item: UUID
    text: str
    people: tuple[str, ...] = ()
    role: str = ""
    department: str = ""
    asked: tuple[AskedField, ...]
    deadline: datetime | None = None
    asked_at: datetime
    state: QuestionState = "open"
    answered_at: datetime | None = None
    answered_by: str | None = None
    answers: JsonObject = Field(default_factory=dict)


class Kept(Question):
    """A question with whose it is; it goes with its `activation`, where it has one."""

    execution: UUID
    round: int
    activation: int | None = None


def question_id(execution: UUID, round_: int) -> UUID:
    """Give the id of the question that a round of an execution asks."""
    return derived("question", execution, round_)
