"""Messages, answers, posts and tasks: where each goes, whom it names, and what is told of it."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from automation.testing import CAUSE, CONTACT, NOW, deal, named, record, shop
from chassis.outbox import Outbox
from contracts.actions import NO_RULE
from contracts.elements import ElementField
from contracts.envelope import Cause
from contracts.ids import derived
from contracts.signals import Signal
from crm_api.chats.answering import Agent, order, route
from crm_api.chats.conversation import ChatMessage, Conversation
from crm_api.chats.receiving import MOST_CHATS, in_order, message_of, reachable, with_chat
from crm_api.feed.posts import MOST_NAMED, active
from crm_api.feed.posts import named as mentioned
from crm_api.tasks.changing import signal_of
from crm_api.tasks.task import Task
from hypothesis import given, settings
from hypothesis import strategies as st

LINE = {"id": "line", "kind": "webhook", "token": "t", "settings": {"connection": "sms-pt"}}
KNOWN = shop(
    extra=(
        record("source", "line", LINE),
        record("person", "zoe", {"id": "zoe", "name": "Zoe", "active": False}),
        record("person", "ann.b", {"id": "ann.b", "name": "Ann B"}),
        record("person", "bob-", {"id": "bob-", "name": "Bob"}),
    )
)
MICRO = timedelta(microseconds=1)
PHONE = "+351912345678"


@pytest.mark.parametrize(
    ("number", "micros"),
    [
        ("0", 0),
        ("17", 17),
        ("999999", 999_999),
        ("1000017", 17),
        ("98765432109876543210", 543_210),
        ("", 0),
        ("-5", 0),
        ("1.5", 0),
        ("wamid.X", 0),
        ("٣", 0),
        ("²", 0),
    ],
)
def test_what_comes_within_one_second_is_in_the_order_of_its_numbers(number: str, micros: int) -> None:
    assert in_order(NOW, number) == NOW + micros * MICRO


def test_what_has_a_finer_time_keeps_it() -> None:
    assert in_order(NOW + MICRO, "17") == NOW + MICRO


def test_a_message_says_what_its_signal_tells_whatever_kinds_of_values_these_are() -> None:
    payload = {"message": 7, "name": 5, "type": "photo", "text": None}
    told = Signal(id=named("s"), kind="chat.message", source="bot", happened_at=NOW, payload=payload)
    message = message_of(told, conversation("bot:7"))
    assert (message.id, message.way, message.at) == (named("s"), "in", NOW + 7 * MICRO)
    assert (message.author, message.type, message.state) == ("5", "photo", "received")
    bare = message_of(told.model_copy(update={"payload": {}}), conversation("bot:7"))
    assert (bare.at, bare.author, bare.type, bare.text) == (NOW, "", "text", "")


CHATS = st.lists(st.sampled_from([f"bot:{n}" for n in range(MOST_CHATS + 3)]), unique=True, max_size=MOST_CHATS)


@settings(max_examples=50, deadline=None)
@given(CHATS, st.integers(0, MOST_CHATS + 2))
def test_the_chat_of_the_last_message_is_the_first_of_a_contact_and_each_is_there_once(held: list[str], n: int) -> None:
    now = with_chat(ElementField(key="chat", kind="chat", multiple=True), held, f"bot:{n}")
    assert now[0] == f"bot:{n}"
    assert now[1:] == [one for one in held if one != now[0]][: MOST_CHATS - 1]
    assert with_chat(ElementField(key="chat", kind="chat"), "bot:x", "bot:y") == "bot:y"


@pytest.mark.parametrize(
    ("multiple", "held", "values"),
    [
        (False, {}, {"chat": "bot:7", "phone": PHONE}),
        (False, {"phone": "+351910000001"}, {"chat": "bot:7"}),
        # Of a field for several numbers each message fills a list.
        (True, {}, {"chat": ["bot:7"], "phone": [PHONE]}),
        (True, {"phone": ["+351910000001"], "chat": ["bot:1"]}, {"chat": ["bot:7", "bot:1"]}),
    ],
)
def test_a_contact_is_reached_by_the_chat_and_the_phone_that_it_tells(
    held: dict[str, Any], values: dict[str, Any], *, multiple: bool
) -> None:
    fields = [{"key": key, "kind": key, "multiple": multiple} for key in ("chat", "phone")]
    known = shop(extra=(record("type", "contact", {"key": "contact", "fields": fields}),))
    assert reachable(known, held, "bot:7", PHONE) == values
    assert "phone" not in reachable(known, held, "bot:7", "")
    assert reachable(shop(), held, "bot:7", "") == {}


def conversation(chat: str, **more: Any) -> Conversation:
    told = {"id": named("c"), "channel": "line", "chat": chat, "name": "Ana", "began_at": NOW, "last_at": NOW}
    return Conversation.model_validate({**told, **more})


@pytest.mark.parametrize(
    ("of", "way"),
    [
        (conversation("bot:7"), {"channel": "chat", "address": "bot:7"}),
        (conversation(f"line:{PHONE}"), {"channel": "sms", "address": PHONE, "connection": "sms-pt"}),
        (conversation(f"gone:{PHONE}", channel="gone"), {"channel": "sms", "address": PHONE, "connection": ""}),
    ],
)
def test_an_answer_goes_back_by_the_way_that_the_client_came(of: Conversation, way: dict[str, str]) -> None:
    assert route(of, KNOWN) == way


@pytest.mark.parametrize(
    ("more", "item", "persons"),
    [
        ({"items": (named("i"), named("j")), "contact": CONTACT}, named("i"), (CONTACT,)),
        ({"contact": CONTACT}, CONTACT, (CONTACT,)),
        ({}, named("c"), ()),
    ],
)
def test_an_answer_is_one_effect_of_its_message_whoever_the_client_is(
    more: dict[str, Any], item: UUID, persons: tuple[UUID, ...]
) -> None:
    agent = Agent("ann", cast("Outbox", None), Cause(CAUSE, CAUSE, actor="user:ann"), KNOWN, ("hash",))
    message = ChatMessage(id=named("m"), conversation=named("c"), way="out", at=NOW, text="Yes.")
    key, action, about = order(conversation("bot:7", **more), message, agent)
    assert (key, action.item, action.rule, action.activation) == (item, item, NO_RULE, 0)
    assert action.execution == derived("chat-answer", named("m"))
    [client] = action.recipients
    assert (client.whom, client.name, client.contact) == (f"answer:{named('m')}", "Ana", more.get("contact"))
    # Nobody's answer waits for quiet hours, and none is counted against a cap.
    assert (action.params["important"], action.params["text"], action.due_at) == (True, "Yes.", NOW)
    assert (about.at, about.persons, about.identities) == (NOW, persons, ("hash",))


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("@ann, pack it. @leo!", ("ann", "leo")),
        ("Sold, @ann.", ("ann",)),
        ("@ann.b and @ann.b. and @ann", ("ann.b", "ann")),
        ("@bob- --@eva--", ("bob-", "eva")),
        ("mail ann@eva.example or x.@leo, @@rui", ()),
        ("@zoe is away and @nobody is none, @Ann neither", ()),
        ("(@ann)\n@ann", ("ann",)),
        ("@", ()),
    ],
)
def test_a_text_names_people_who_are_there_each_once_and_a_mark_behind_a_name_is_none_of_it(
    text: str, people: tuple[str, ...]
) -> None:
    assert mentioned(text, KNOWN) == people


def test_a_text_names_so_many() -> None:
    many = [f"p{n}" for n in range(MOST_NAMED + 5)]
    known = shop(extra=tuple(record("person", id_, {"id": id_, "name": id_}) for id_ in many))
    assert mentioned(" ".join(f"@{one}" for one in many), known) == tuple(many[:MOST_NAMED])
    assert active((*many, "ann", "ann", "nobody"), known) == (*many, "ann")


def test_a_task_of_a_new_status_tells_ids_and_keys_and_no_words_of_anybody() -> None:
    before = Task(id=named("t"), item=deal().id, title="Call Ana", assignee="leo", created_at=NOW)
    words = {"status": "done", "result": "Ana agreed", "description": "at home", "version": 2}
    now = before.model_copy(update=words)
    told = signal_of(before, now, deal(), "call", NOW)
    assert (told.kind, told.binding, told.source) == ("task.changed", deal().id, "crm-api")
    assert {key: told.payload[key] for key in ("old", "new", "status", "assignee", "rule", "stage")} == {
        "old": "open",
        "new": "done",
        "status": "done",
        "assignee": "leo",
        "rule": "call",
        "stage": "new",
    }
    assert "Ana" not in told.model_dump_json()
    assert signal_of(now, now.model_copy(update={"version": 3}), deal(), "", NOW).id != told.id
