"""Questions to employees: asked by a rule, answered once by one of those who were asked.

1. The command leaves an open question, and no answer yet: the execution stays `dispatched`.
2. Whoever was asked answers, while the item stands where it was asked for. The answers are the results of the
   execution, told as the answer to its command in the same transaction.
3. A leave, a deletion or a person's cancel reaches crm-api as `WithdrawCommand`, for only the scheduler knows all of
   them; the truth is looked at nevertheless when somebody answers, so that no answer counts after the leave.
4. A deadline is a timer; then it is answered `failed`.

Locks are taken in this order: item, question. Who holds a timer does not wait for a question.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from automation.actions.ask_employee import ANSWERED_BY
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.outbox import Outbox
from chassis.timers import Timer, drop_timers, set_timers
from contracts.commands import AskEmployee, WithdrawCommand
from contracts.data import JsonObject
from contracts.elements import ElementField
from contracts.envelope import Cause
from contracts.items import CommandCompleted
from contracts.questions import AskedField

from crm_api.fields import FieldError, Reading, read_one
from crm_api.inside.answering import settle
from crm_api.questions import Kept, question_id
from crm_api.record.changing import Changes
from crm_api.record.items import Stored
from crm_api.record.lines import Line
from crm_api.store import commands as stored_commands
from crm_api.store import items as stored_items
from crm_api.store import lines as stored_lines
from crm_api.store import questions as store

LANE = "questions"
LARGEST_ANSWERS = 20_000


class NotOpen(Exception):
    """A question cannot be answered any more; says why."""


async def ask(changes: Changes, command: AskEmployee, _: str) -> None:
    """Ask, once for each round; the answer comes from a person."""
    question = Kept(
        id=question_id(command.execution, command.round),
        execution=command.execution,
        round=command.round,
        item=command.item,
        activation=command.expects.activation if command.expects else None,
        text=command.text,
        people=command.people,
        role=command.role,
        department=command.department,
        asked=command.asked,
        deadline=command.deadline,
        asked_at=changes.now,
    )
    if not await store.add(changes.tx, question):
        return
    whom = ", ".join(command.people) or command.role or command.department
    changes.note(command.item, "asked", {"question": str(question.id), "whom": whom, "text": command.text})
    if command.deadline is not None:
        await set_timers(changes.tx, LANE, [Timer(question.id, command.deadline)])


async def answer(
    tx: Transaction, question: Kept, given: Mapping[str, Any], knowledge: Knowledge, road: tuple[Outbox, Cause]
) -> Kept:
    """Take the answer of somebody who was asked, the cause's actor; raises `FieldError`, `NotOpen` where it is over."""
    outbox, cause = road
    await stored_items.lock(tx, [question.item])
    locked = await store.load(tx, question.id, lock=True)
    assert locked is not None  # noqa: S101  a question is never removed
    now = await tx.now()
    require_open(locked, now)
    require_standing(locked, (await stored_items.load(tx, [question.item])).get(question.item))
    answers = read_answers(knowledge, locked.asked, given)
    closed = await store.close(tx, locked, "answered", now, by=cause.actor, answers=answers)
    drop_timers(tx, LANE, [locked.id])
    who = knowledge.people.get(cause.actor.removeprefix("user:"))
    results = {**answers, ANSWERED_BY: who.name if who else cause.actor}
    body = {
        "question": str(locked.id),
        "text": locked.text,
        "actor": cause.actor,
        "correlation": str(cause.correlation),
    }
    await stored_lines.add(tx, [Line(locked.item, now, "answered", body)])
    await settle(tx, completed(locked, "done", "", knowledge, results), now, outbox, cause)
    return closed


def require_open(question: Kept, now: datetime) -> None:
    """Refuse to answer what is over; raises `NotOpen`."""
    if question.state == "answered":
        raise NotOpen(f"{question.answered_by} has answered it already")
    if question.state == "withdrawn":
        raise NotOpen("it was taken back")
    if question.state == "not_answered" or (question.deadline is not None and now > question.deadline):
        raise NotOpen("its deadline is over")


def require_standing(question: Kept, item: Stored | None) -> None:
    """Refuse to answer what nobody waits for any more; raises `NotOpen`."""
    if item is None or item.item.deleted:
        raise NotOpen("the item is deleted")
    if question.activation not in {None, item.item.activation}:
        raise NotOpen("the item has left the stage for which it was asked")


def read_answers(knowledge: Knowledge, asked: Sequence[AskedField], given: Mapping[str, Any]) -> JsonObject:
    """Read each answer as its kind says; raises `FieldError`."""
    known = {field.key for field in asked}
    for key in given:
        if key not in known:
            raise FieldError(f"answers.{key}", "this was not asked", f"use one of: {', '.join(sorted(known))}")
    read: JsonObject = {}
    for field in asked:
        value, at = given.get(field.key), f"answers.{field.key}"
        if value not in (None, "", []):
            described = ElementField(key=field.key, kind=field.kind, choices=field.options)
            read[field.key] = read_one(value, Reading(described, knowledge.portal.country, knowledge.people), at)
        elif field.required:
            raise FieldError(at, "this is required", f"send a {field.kind}")
    if len(json.dumps(read, ensure_ascii=False).encode()) > LARGEST_ANSWERS:
        raise FieldError("answers", f"they are longer than {LARGEST_ANSWERS} bytes together", "write less")
    return read


async def withdraw(changes: Changes, command: WithdrawCommand, outbox: Outbox) -> None:
    """Take a command back that was not answered yet, and answer it `cancelled`, whether it has come here or not."""
    await changes.lock([command.item])
    question = await store.load(changes.tx, question_id(command.execution, command.round), lock=True)
    known = await stored_commands.answered(changes.tx, command.execution)
    if known is not None and known[0] >= command.round:
        return
    if question is not None:
        await store.close(changes.tx, question, "withdrawn", changes.now)
        drop_timers(changes.tx, LANE, [question.id])
    told = completed(command, "cancelled", command.reason, changes.knowledge)
    await settle(changes.tx, told, changes.now, outbox, changes.cause)


class Deadlines:
    """Ends the questions that nobody has answered in time."""

    def __init__(self, config: ConfigCopy[Knowledge], outbox: Outbox) -> None:
        self.config = config
        self.outbox = outbox

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """End what is open; a question that is just being answered stays due."""
        ids = [timer.id for timer in timers]
        late = await store.lock_open(tx, ids)
        knowledge = await self.config.view(tx)
        now = await tx.now()
        for question in late:
            await store.close(tx, question, "not_answered", now)
            told = completed(
                question, "failed", f"not answered until {question.deadline:%Y-%m-%d %H:%M} UTC", knowledge
            )
            root = new_id()
            await settle(tx, told, now, self.outbox, Cause(root, root, actor="system"))
        held = await store.still_open(tx, ids) - {question.id for question in late}
        return set(ids) - held


def completed(
    of: Kept | WithdrawCommand, outcome: str, reason: str, knowledge: Knowledge, results: JsonObject | None = None
) -> CommandCompleted:
    """Make the answer to the command that asked."""
    return CommandCompleted.model_validate(
        {
            "execution": of.execution,
            "item": of.item,
            "round": of.round,
            "outcome": outcome,
            "reason": reason,
            "results": results or {},
            "config": knowledge.revision,
        }
    )
