"""Questions over HTTP: seen and answered by those whom a rule asks, and by admins."""

from typing import Annotated
from uuid import UUID

from chassis.database import Transaction
from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from crm_api.access.rights import WIDER, Forbidden
from crm_api.http.addresses import ITEM, QuestionId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.inside import asking
from crm_api.questions import Kept, Question
from crm_api.store import questions as store

router = APIRouter(prefix="/v1/questions", tags=["questions"])
EXAMPLE: JsonObject = {"answers": {"oven": "gas"}}
OfItem = Annotated[
    UUID | None, Query(description="The item whose questions; left out: the caller's open ones.", examples=[ITEM])
]


class Answers(Body):
    """The answers by the keys of what is asked; each is read as its kind says."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    answers: JsonObject = Field(max_length=100)


class Questions(Body):
    """A part of the questions, oldest first; `next` is what to send as `after` for the following part."""

    questions: list[Question]
    next: str | None


@router.get("")
async def listing(request: ByPerson, item: OfItem = None, after: str = "", limit: Limit = 100) -> Questions:
    """Give what the caller is asked and has not answered, or what was ever asked of them about an item."""
    async with request.transaction() as tx:
        whose, behind = who(request), cursor(after)
        if item is None:
            found = await store.own(tx, whose, behind, limit)
        else:
            found = await store.of_item(tx, item, whose, behind, limit)
    last = [{"at": one.asked_at, "id": one.id} for one in found]
    return Questions(questions=[shown(one) for one in found], next=follows(last, "at", limit))


@router.get("/{question_id}", name="read")
async def one(question_id: QuestionId, request: ByPerson) -> Question:
    """Give a question to whom it is for."""
    async with request.transaction() as tx:
        return shown(await theirs(tx, request, question_id))


@router.post("/{question_id}/answer")
async def answer(question_id: QuestionId, body: Answers, request: ByPerson) -> Question:
    """Answer a question, once; the rules behind it read the answers."""
    async with request.transaction() as tx:
        question = await theirs(tx, request, question_id)
        if request.principal.scope is not None and not request.rights.reach("change").places:
            raise Forbidden("answer with a key that may only read", fix=WIDER)
        road = request.process.outbox, request.cause
        try:
            closed = await asking.answer(tx, question, body.answers, request.knowledge, road)
        except asking.NotOpen as error:
            raise Problem(409, "This question is over", detail=str(error)) from None
    return shown(closed)


def who(request: Asked) -> store.Asked:
    """Give as whom the caller looks."""
    rights = request.rights
    person = request.knowledge.people.get(rights.person)
    return store.Asked(rights.person, *((person.role, person.department) if person else ("", "")), rights.admin)


async def theirs(tx: Transaction, request: Asked, question_id: UUID) -> Kept:
    """Give a question that the caller was asked, or any to an admin; raises a 404 problem."""
    question, asked = await store.load(tx, question_id), who(request)
    if question is None or not (is_for(question, asked) or asked.everything):
        raise Problem(404, "There is no such question", detail=f"nobody asks you {question_id}")
    return question


def is_for(question: Kept, asked: store.Asked) -> bool:
    """Say whether a question is for somebody: by name, or as one of those who may answer it."""
    by_role = bool(asked.role) and asked.role == question.role
    return (
        asked.person in question.people
        or by_role
        or (bool(asked.department) and asked.department == question.department)
    )


def shown(kept: Kept) -> Question:
    """Give a question as people see it."""
    return Question.model_validate(kept.model_dump(exclude={"execution", "round", "activation"}))
