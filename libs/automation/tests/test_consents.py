"""Consent where messages are decided: a refusal always skips, what is unknown skips only advertising."""

from typing import Any

import pytest
from automation.consents import state, unwilling

REFUSED, GIVEN = "refused", "given"


@pytest.mark.parametrize(
    ("consents", "channel", "advertising", "words"),
    [
        ({}, "email", False, ""),
        ({"email": GIVEN}, "email", False, ""),
        ({"email": REFUSED}, "email", False, "the contact refused email"),
        ({"phone": REFUSED}, "email", False, ""),
        ({"phone": REFUSED}, "phone", False, "the contact refused phone"),
        ({"chat": REFUSED}, "chat", False, "the contact refused chat"),
        ({"email": GIVEN}, "email", True, "the contact did not agree to advertising"),
        ({"advertising": GIVEN}, "email", True, ""),
        ({"advertising": GIVEN, "email": REFUSED}, "email", True, "the contact refused email"),
        ({"advertising": REFUSED}, "email", True, "the contact refused advertising"),
        ({"advertising": REFUSED}, "email", False, ""),
        ({}, "audience", False, "the contact did not agree to advertising"),
        ({"advertising": GIVEN}, "audience", False, ""),
        ({"advertising": REFUSED}, "audience", False, "the contact refused advertising"),
        ({"email": REFUSED}, "person", False, ""),
    ],
)
def test_who_may_be_reached(consents: dict[str, str], channel: Any, advertising: bool, words: str) -> None:  # noqa: FBT001
    fields = {"name": "Ana", "consents": consents} if consents else {"name": "Ana"}
    assert unwilling(fields, "contact", channel, advertising=advertising) == words


def test_what_is_no_record_of_consents_says_nothing() -> None:
    assert state({"consents": "given"}, "email") == "unknown"
