"""Timings, conditions and actions in words."""

from typing import Any

import pytest
from automation.wording import action_in_words, condition_in_words, timing_in_words, value_in_words


@pytest.mark.parametrize(
    ("doc", "words"),
    [
        ({}, "at entry"),
        ({"immediate": True}, "at entry"),
        ({"after": "2 days", "working_time": "portal"}, "2 days after entry, working_time portal"),
        ({"before": "item.due", "by": "1 day", "at": "10:00"}, "before item.due, by 1 day, at 10:00"),
        ({"anniversary": "contact.birthday", "by": "2 days"}, "every year on contact.birthday, by 2 days"),
        ({"wait_for": "document.opened", "at_most": "3 days"}, "when document.opened arrives, at_most 3 days"),
        (
            {"after_previous": "1 day", "on_previous": "failed"},
            "1 day after the rule before it, on_previous failed",
        ),
        ({"at": "2026-12-01T10:00"}, "at 2026-12-01T10:00"),
        ({"working_time": "portal"}, "at entry, working_time portal"),
    ],
)
def test_a_timing_in_words(doc: dict[str, Any], words: str) -> None:
    assert timing_in_words(doc) == words


@pytest.mark.parametrize(
    ("doc", "words"),
    [
        (None, "always"),
        ({"field": "item.amount", "greater": "1000 EUR"}, "item.amount is greater than 1000 EUR"),
        ({"field": "contact.email", "empty": False}, "contact.email is not empty"),
        ({"field": "item.size", "changed": True}, "item.size has changed"),
        ({"field": "item.a", "equals": {"field": "const.b"}}, "item.a is const.b"),
        ({"field": "item.a", "in": [1, 2]}, "item.a is one of 1, 2"),
        (
            {"all": [{"field": "item.a", "equals": True}, {"any": [{"field": "item.b", "empty": True}, {"not": {}}]}]},
            "item.a is yes and (item.b is empty or not (always))",
        ),
        ({"all": []}, "always"),
        ({"maybe": 1}, "maybe 1"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_condition_in_words(doc: Any, words: str) -> None:
    assert condition_in_words(doc) == words


def test_an_action_in_words() -> None:
    sms = {"send-sms": {"to": "contact", "text": "A manager will contact you"}}
    assert action_in_words(sms) == "send-sms: to contact, text “A manager will contact you”"
    assert action_in_words({"delete-item": {}}) == "delete-item"
    assert action_in_words({"create-task": {"to": {"role": "warehouse"}}}) == "create-task: to role warehouse"


def test_long_texts_are_cut_and_nothing_is_called_nothing() -> None:
    assert len(value_in_words("word " * 100)) == 82
    assert [value_in_words(None), value_in_words(""), value_in_words([])] == ["nothing", "nothing", ""]
