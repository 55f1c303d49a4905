"""What is left of messages when a person of whom they tell is erased: ids, places and states; nobody's data."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from contracts.actions import AppAnswered, PerformAction, SetSuppression
from contracts.commands import ApplySignal, ItemCommand
from contracts.data import Data
from contracts.executions import ExecutionRow, ExecutionRows
from contracts.items import CommandCompleted, Item, ItemEvent
from contracts.outcomes import EffectOutcome
from contracts.signals import Signal

ERASED = "erased"
# What of the values seen tells of nobody, and by what an execution goes on: moments, a version, how a wait ended.
MARKS = frozenset({"counts_from", "item.version", "previous.ended_at", "wait.outcome"})
Persons = frozenset[UUID]


def redacted(data: Data, persons: Persons) -> Data | None:
    """Give what may be handled of a message that tells of erased people; None where nothing is left to handle."""
    redact = next((redact for kind, redact in TABLE.items() if isinstance(data, kind)), None)
    return data if redact is None else redact(data, persons)


def bare_item(item: Item) -> Item:
    """Give an item of which only its place, its links and its times are left."""
    return item.model_copy(update={"title": "", "fields": {}})


def bare_event(event: ItemEvent, persons: Persons) -> ItemEvent:
    """Give an announcement without the data of these people, whether the item is theirs or links to them."""
    update: dict[str, Any] = {
        "item": bare_item(event.item) if event.item.id in persons else event.item,
        "linked": tuple(bare_item(one) if one.id in persons else one for one in event.linked),
        "changed": {} if event.item.id in persons else event.changed,
        "signal": event.signal and event.signal.model_copy(update={"payload": {}}),
        "why": ERASED if event.why else "",
    }
    return event.model_copy(update=update)


def bare_row(row: ExecutionRow) -> ExecutionRow:
    """Give an execution of which only ids, moments and states are left."""
    update: dict[str, Any] = {
        "seen": _marks(row.seen),
        "results": {},
        "reason": ERASED if row.reason else "",
        "effects": tuple(
            effect.model_copy(update={"reason": ERASED if effect.reason else "", "reference": ""})
            for effect in row.effects
        ),
        "notes": tuple(note.model_copy(update={"cause": ERASED}) for note in row.notes),
    }
    return row.model_copy(update=update)


def _marks(seen: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in seen.items() if name in MARKS}


def bare_rows(data: ExecutionRows, _: Persons) -> ExecutionRows:
    """Give executions told in one message; which of them tell of whom, the message does not say."""
    dispatched = tuple(one.model_copy(update={"seen": _marks(one.seen)}) for one in data.dispatched)
    return data.model_copy(update={"rows": tuple(bare_row(row) for row in data.rows), "dispatched": dispatched})


def bare_action(action: PerformAction, _: Persons) -> PerformAction:
    """Give an action that reaches nobody any more, in words: its execution still comes to an end."""
    missing = "the person was erased"
    nobody = tuple(one.model_copy(update={"name": "", "address": "", "missing": missing}) for one in action.recipients)
    return action.model_copy(update={"recipients": nobody, "params": {}})


def bare_command(command: ItemCommand, _: Persons) -> ItemCommand:
    """Give a command that sets nothing, names nothing and fetches nothing; an activity keeps its time alone."""
    named = {"fields": {}, "title": "", "text": "", "where": (), "limit": 0}
    named |= {"subject": ERASED, "description": "", "place": "", "contact": None}
    return command.model_copy(update={k: v for k, v in named.items() if k in type(command).model_fields})


def bare_outcome(outcome: EffectOutcome, _: Persons) -> EffectOutcome:
    """Give an outcome without what the provider said."""
    return outcome.model_copy(update={"reason": ERASED if outcome.reason else "", "reference": "", "results": {}})


def bare_answer(answer: CommandCompleted | AppAnswered, _: Persons) -> Data:
    """Give an answer without what was made."""
    return answer.model_copy(update={"reason": ERASED if answer.reason else "", "results": {}})


TABLE: Mapping[type[Data], Callable[[Any, Persons], Data | None]] = {
    ItemEvent: bare_event,
    ExecutionRows: bare_rows,
    PerformAction: bare_action,
    ItemCommand: bare_command,
    EffectOutcome: bare_outcome,
    CommandCompleted: bare_answer,
    AppAnswered: bare_answer,
    Signal: lambda _, __: None,
    ApplySignal: lambda _, __: None,
    SetSuppression: lambda _, __: None,
}
