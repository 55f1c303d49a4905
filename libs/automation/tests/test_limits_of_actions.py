"""What parameters of actions may be: the last value that is taken, and the first that is not."""

from typing import Any

import pytest
from automation.calls import Call
from automation.documents import DocumentError
from automation.testing import NOW, contact, deal, facts, shop

Json = dict[str, Any]
SHOP = shop()
ASK: Json = {"text": "?", "ask": [{"key": "a"}]}
CALL: Json = {"subject": "s", "at": "1 hour"}
URL: Json = {"url": "https://x.example"}


def asked(count: int) -> list[Json]:
    return [{"key": f"k{number}"} for number in range(count)]


def choice(options: int) -> list[Json]:
    return [{"key": "k", "kind": "choice", "options": [str(number) for number in range(options)]}]


LIMITS: list[tuple[str, Json, Json, str]] = [
    ("make-call", {"text": "x", "ring": 5}, {"text": "x", "ring": 4}, "ring"),
    ("make-call", {"text": "x", "ring": 600}, {"text": "x", "ring": 601}, "ring"),
    ("make-call", {"text": "x", "keys": 0}, {"text": "x", "keys": -1}, "keys"),
    ("make-call", {"sound": "https://x.example/a.mp3"}, {"sound": ""}, ""),
    ("create-document", {"template": "t", "link_days": 1}, {"template": "t", "link_days": 0}, "link_days"),
    ("create-document", {"template": "t", "link_days": 3650}, {"template": "t", "link_days": 3651}, "link_days"),
    ("create-document", {"template": "t", "format": ""}, {"template": "t", "format": "odt"}, "format"),
    ("create-document", {"template": "t", "again": "new"}, {"template": "t", "again": "never"}, "again"),
    ("ask-employee", {**ASK, "ask": asked(20)}, {**ASK, "ask": asked(21)}, "ask"),
    ("ask-employee", {**ASK, "ask": choice(100)}, {**ASK, "ask": choice(101)}, "ask.0.options"),
    ("ask-employee", {**ASK, "to": "supervisor"}, {**ASK, "to": "boss"}, "to"),
    ("ask-employee", ASK, {**ASK, "text": ""}, "text"),
    ("ask-employee", ASK, {**ASK, "ask": [{"key": "not a name"}]}, "ask.0.key"),
    ("ask-employee", {**ASK, "ask": choice(1)}, {**ASK, "ask": [{"key": "k", "options": ["a"]}]}, "ask.0"),
    ("fetch-items", {"type": "deal", "limit": 1}, {"type": "deal", "limit": 0}, "limit"),
    ("fetch-items", {"type": "deal", "bring": ["id"] * 30}, {"type": "deal", "bring": ["id"] * 31}, "bring"),
    ("fetch-items", {"type": "deal", "where": [{}] * 20}, {"type": "deal", "where": [{}] * 21}, "where"),
    ("schedule-meeting", {**CALL, "people": ["a"] * 20}, {**CALL, "people": ["a"] * 21}, "people"),
    ("schedule-call", CALL, {**CALL, "subject": ""}, "subject"),
    ("schedule-call", {**CALL, "to": {"user": "ann"}}, {**CALL, "to": {"department": "sales"}}, "to"),
    ("schedule-call", {**CALL, "clock": "00:00"}, {**CALL, "clock": "24:00"}, "clock"),
    ("schedule-call", {**CALL, "working_time": "responsible"}, {**CALL, "working_time": "ann"}, "working_time"),
    ("remind", {"text": "x", "at": "2026-12-01"}, {"text": "x", "at": "2026-13-01"}, "at"),
    ("remind", {"text": "x", "at": "item.due"}, {"text": "x", "at": "due"}, "at"),
    ("remind", {"text": "x", "at": "1 day", "lead": "1 hour"}, {"text": "x", "at": "1 day", "lead": "-1 hour"}, "lead"),
    ("create-task", {"title": "t", "deadline": "100 years"}, {"title": "t", "deadline": "101 years"}, "deadline"),
    ("create-task", {"title": "t", "to": "contact"}, {"title": "t", "to": {}}, "to"),
    ("pick-from-list", {"values": [1] * 200}, {"values": [1] * 201}, "values"),
    ("pick-from-list", {"values": [1], "nth": -1}, {"values": [1], "nth": 0}, ""),
    (
        "http-fetch",
        {**URL, "headers": {f"X-{n}": "v" for n in range(50)}},
        {**URL, "headers": {f"X-{n}": "v" for n in range(51)}},
        "headers",
    ),
    ("http-fetch", {**URL, "read": {"a": "b" * 500}}, {**URL, "read": {"a": "b" * 501}}, "read"),
    ("http-fetch", {"url": "HTTP://x.example"}, {"url": "x.example"}, "url"),
    ("http-fetch", {"url": "{{ item.page }}"}, {"url": " https://x.example"}, "url"),
    ("http-fetch", {**URL, "headers": {"X-Host": "y"}}, {**URL, "headers": {"hOsT": "y"}}, "headers"),
    ("send-webhook", {"method": "DELETE"}, {"method": "GET"}, "method"),
    ("send-webhook", {"headers": {"X-Id": "y"}}, {"headers": {"Webhook-Signature": "y"}}, "headers"),
    ("send-webhook", {"headers": {"Accept": "y"}}, {"headers": {"Content-Type": "y"}}, "headers"),
    ("http-fetch", {**URL, "headers": {"Content-Type": "y"}}, {**URL, "headers": {"TE": "y"}}, "headers"),
    ("move-item", {"pipeline": "deal/vip"}, {}, ""),
    ("set-variable", {"name": "a" * 63, "value": 5}, {"name": "a" * 64, "value": 5}, "name"),
    ("set-variable", {"name": "_a1", "value": True}, {"name": "1a", "value": True}, "name"),
    ("calculate", {"formula": "1", "variable": ""}, {"formula": "1", "variable": "a-b"}, "variable"),
    ("send-message", {"text": "x", "fallback": ["sms", "email"]}, {"text": "x", "fallback": ["sms"] * 3}, "fallback"),
    (
        "send-email",
        {"subject": "s", "text": "t", "attach": ["f"] * 20},
        {"subject": "s", "text": "t", "attach": ["f"] * 21},
        "attach",
    ),
    (
        "add-to-audience",
        {"connection": "c", "audience": "a", "remove_when": "success"},
        {"connection": "c", "audience": "a", "remove_when": "won"},
        "remove_when",
    ),
    ("notify", {"text": "x", "sender": {"user": "ann"}}, {"text": "x", "sender": {"department": "x"}}, "sender"),
    ("delete-item", {}, {"why": "old"}, "why"),
]


@pytest.mark.parametrize(
    ("action", "fine", "wrong", "place"), LIMITS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_the_last_that_is_taken_and_the_first_that_is_not(action: str, fine: Json, wrong: Json, place: str) -> None:
    Call.read({action: fine})
    with pytest.raises(DocumentError) as refused:
        Call.read({action: wrong})
    whole = f"do.{action}.{place}" if place else f"do.{action}"
    assert refused.value.path == whole or refused.value.path.startswith(f"{whole}.")
    assert refused.value.message


SPOTS: list[tuple[str, Json, str]] = [
    ("change-item", {"fields": {"note": "{{ item.title }}", "n": 1}}, "fields"),
    ("http-fetch", {**URL, "body": {"deep": [{"note": "{{ item.title }}"}, 7]}}, "body"),
    ("send-email", {"subject": "s", "text": "t", "attach": [{"file": "{{ item.title }}"}]}, "attach"),
    ("fetch-items", {"type": "deal", "where": [{"field": "title", "in": ["{{ item.title }}", "x"]}]}, "where"),
]


@pytest.mark.parametrize(("action", "written", "key"), SPOTS)
def test_a_rule_that_is_read_once_is_filled_in_anew_for_each_item(action: str, written: Json, key: str) -> None:
    call = Call.read({action: written})
    titles = ("Sofa", "Lamp", "Sofa")
    made = [call.render(facts(deal(title=title), contact(), knowledge=SHOP), NOW)[key] for title in titles]
    assert made[0] == made[2] != made[1]
    assert [str(one).count(title) for one, title in zip(made, titles, strict=True)] == [1, 1, 1]
    assert "{{ item.title }}" in str(call.fixed[key])


@pytest.mark.parametrize("name", ["advertising", "important"])
def test_a_switch_travels_only_where_it_is_on(name: str) -> None:
    for action in ({"send-sms": {"text": "x"}}, {"make-call": {"text": "x"}}):
        (key, params), *_ = action.items()
        assert name not in Call.read(action).fixed
        assert name not in Call.read({key: {**params, name: False}}).fixed
        assert Call.read({key: {**params, name: True}}).fixed[name] is True
