"""Every text of a command is either a name that the company gave, or gone once the person is erased."""

import typing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from contracts.actions import AppAnswered, PerformAction, Recipient
from contracts.commands import CreateFromItem, ItemCommand, ScheduleActivity
from contracts.data import Data, JsonObject
from contracts.executions import Dispatch, EffectSeen, ExecutionRow, ExecutionRows, PlanNote
from contracts.items import Change, CommandCompleted, Item, ItemChanged, Link, SignalSeen
from contracts.messages import TYPES
from contracts.outcomes import EffectOutcome
from contracts.redacting import ERASED, redacted
from contracts.rules import RuleSetRef
from hypothesis import given, settings
from hypothesis import strategies as st

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
ANA, DEAL = UUID(int=1), UUID(int=2)
WORD = "Ana Sousa, +351912345678"
# What names something of the company: a place of the record, people of ours, an account, fields. Never a client's word.
NAMES = {
    *("owner", "stage", "pipeline", "type", "to", "role", "department", "assignee", "invite", "remind", "order"),
    *("people", "bring", "author", "sender", "purpose", "kind", "mapping"),
}
# Labels of a form that a rule asks with: the same for every client.
FORMS = {"asked", "among"}
COMMANDS = [model for model in TYPES if issubclass(model, ItemCommand)]


def texts(model: type[Data]) -> dict[str, Any]:
    """Give all that a message could say in words of its own, each filled with words of a person."""
    filled: dict[type, Any] = {str: WORD, str | None: WORD, JsonObject: {"x": WORD}, tuple[str, ...]: (WORD,)}  # type: ignore[dict-item]
    filled |= {tuple[JsonObject, ...]: ({"x": WORD},), dict[str, str] | None: {"x": WORD}}  # type: ignore[dict-item]
    hints = typing.get_type_hints(model)
    return {key: filled[hints[key]] for key in model.model_fields if hints[key] in filled}


@pytest.mark.parametrize("model", COMMANDS, ids=lambda model: model.TYPE)
def test_a_command_says_no_word_of_an_erased_person(model: type[Data]) -> None:
    known = {"execution": UUID(int=3), "round": 1, "item": DEAL, "rule": UUID(int=4), "config": 1}
    command = model.model_construct(**{**known, **texts(model)})
    left = redacted(command, frozenset({ANA}))
    assert left is not None
    still = {key for key in texts(model) if WORD in str(getattr(left, key))}
    assert still <= NAMES, f"{sorted(still - NAMES)}: a word of the client may stand here; see redacting.bare_command"


@pytest.mark.parametrize("model", COMMANDS, ids=lambda model: model.TYPE)
def test_no_field_of_a_command_is_left_unweighed(model: type[Data]) -> None:
    plain = {"UUID", "int", "bool", "datetime", "Expects", "ActivityKind", "Literal"}
    unknown = set(model.model_fields) - set(texts(model)) - NAMES - FORMS
    hints = typing.get_type_hints(model)
    of = {key: {getattr(one, "__name__", str(one)) for one in (typing.get_args(hints[key]) or (hints[key],))}
          for key in unknown}  # fmt: skip
    assert {key: kinds for key, kinds in of.items() if not kinds <= plain | {"NoneType"}} == {}


def test_an_activity_of_an_erased_person_still_has_its_time_and_nobody_is_invited() -> None:
    said = {"subject": f"Measure at {WORD}", "description": WORD, "place": "Rua do Sol 1, Ana", "assignee": "leo"}
    command = ScheduleActivity(
        execution=UUID(int=3), item=DEAL, rule=UUID(int=4), owner="rui", config=1,
        kind="meeting", starts_at=AT, contact=ANA, invite="mail", **said,
    )  # fmt: skip
    left = redacted(command, frozenset({ANA}))
    assert isinstance(left, ScheduleActivity)
    assert (left.subject, left.description, left.place, left.contact) == (ERASED, "", "", None)
    assert (left.starts_at, left.assignee, left.item) == (AT, "leo", DEAL)


def test_what_is_made_from_an_item_takes_no_title_of_the_rules() -> None:
    command = CreateFromItem(
        execution=UUID(int=3), item=DEAL, rule=UUID(int=4), owner="rui", config=1,
        type="invoice", title=f"For {WORD}", fields={"to": WORD},
    )  # fmt: skip
    left = redacted(command, frozenset({ANA}))
    assert isinstance(left, CreateFromItem)
    assert (left.title, left.fields, left.type) == ("", {}, "invoice")


def row(**more: Any) -> ExecutionRow:
    told = {"id": UUID(int=5), "version": 3, "item": DEAL, "activation": 1, "rule": UUID(int=4), "rule_key": "greet"}
    place = {"rule_set": RuleSetRef(pipeline="deal/retail", number=1), "stage": "new", "action": "send-sms"}
    return ExecutionRow.model_validate({**told, **place, "state": "failed", "planned_at": AT, **more})


def effect(**more: Any) -> EffectSeen:
    known = {"id": UUID(int=6), "whom": "contact", "state": "failed", "version": 2, "at": AT}
    return EffectSeen.model_validate({**known, **more})


def person(**more: Any) -> Item:
    known = {"id": ANA, "type": "contact", "version": 4, "entered_at": AT, "created_at": AT, "title": WORD}
    return Item.model_validate({**known, "fields": {"phone": WORD}, **more})


def told() -> dict[str, Data]:
    """Give messages that tell of a person wherever one may."""
    to_ana = Link(role="contact", type="contact", id=ANA)
    deal = Item(id=DEAL, type="deal", version=7, entered_at=AT, created_at=AT, links=(to_ana,))
    seen = SignalSeen(id=UUID(int=8), kind="email.received", happened_at=AT, payload={"text": WORD})
    recipient = Recipient(whom="contact", name=WORD, address=WORD, contact=ANA)
    return {
        "the person": ItemChanged(item=person(), config=1, changed={"phone": Change(old="", new=WORD)}, why=WORD),
        "who links to them": ItemChanged(item=deal, linked=(person(),), config=1, signal=seen, why=WORD),
        "an action": PerformAction(
            execution=UUID(int=5), item=DEAL, item_type="deal", activation=1, rule=UUID(int=4), rule_key="greet",
            action="send-sms", recipients=(recipient,), params={"text": WORD}, due_at=AT, config=1,
        ),
        "executions": ExecutionRows(
            rows=(row(reason=WORD, seen={"contact.name": WORD}, results={"text": WORD},
                      effects=(effect(reason=WORD, reference=WORD),)),),
            dispatched=(Dispatch(id=UUID(int=7), version=2, at=AT, seen={"contact.name": WORD}),),
        ),
        "an outcome": EffectOutcome(
            effect=UUID(int=6), execution=UUID(int=5), item=DEAL, activation=1, round=1, effects=1, whom="contact",
            state="failed", version=2, reason=WORD, reference=WORD, results={"text": WORD}, at=AT,
        ),
        "an answer": CommandCompleted(
            execution=UUID(int=5), item=DEAL, round=1, outcome="failed", reason=WORD, results={"x": WORD}, config=1
        ),
        "an app's answer": AppAnswered(
            app="x", effect=UUID(int=6), attempt=1, outcome="failed", reason=WORD, results={"x": WORD}, at=AT
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(told()))
def test_a_message_full_of_a_persons_words_is_left_with_none(name: str) -> None:
    full = told()[name]
    assert WORD in full.model_dump_json()
    left = redacted(full, frozenset({ANA}))
    assert left is not None
    assert WORD not in left.model_dump_json()
    assert redacted(left, frozenset({ANA})) == left


def test_another_persons_record_is_left_as_it_is() -> None:
    other = person(id=UUID(int=9), title="Rui")
    event = ItemChanged(item=other, linked=(person(),), config=1, changed={"phone": Change(old=1, new=2)})
    left = redacted(event, frozenset({ANA}))
    assert isinstance(left, ItemChanged)
    assert (left.item, left.changed) == (other, event.changed)
    assert [(one.title, one.fields) for one in left.linked] == [("", {})]


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(1, 6)), st.lists(st.integers(1, 6), max_size=4, unique=True))
def test_of_all_that_are_linked_just_the_erased_are_bare(erased: set[int], linked: list[int]) -> None:
    event = ItemChanged(item=person(id=UUID(int=9)), linked=tuple(person(id=UUID(int=n)) for n in linked), config=1)
    left = redacted(event, frozenset(UUID(int=n) for n in erased))
    assert isinstance(left, ItemChanged)
    assert [one.id.int for one in left.linked] == linked
    assert [one.id.int for one in left.linked if not one.fields] == [n for n in linked if n in erased]


def test_notes_of_a_plan_say_no_causes() -> None:
    note = PlanNote(at=AT, new=AT, cause=WORD)
    left = redacted(ExecutionRows(rows=(row(notes=(note,)),)), frozenset({ANA}))
    assert isinstance(left, ExecutionRows)
    assert left.rows[0].notes == (PlanNote(at=AT, new=AT, cause=ERASED),)
