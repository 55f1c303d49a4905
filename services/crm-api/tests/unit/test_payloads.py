"""What fields are filled with from a payload that came from outside."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from automation.knowledge import Knowledge
from contracts.commands import Creation
from contracts.config import Portal
from contracts.elements import ElementField, ElementType
from contracts.signals import Signal
from crm_api.intake.payloads import filled, mapped, plain, title

DEAL = ElementType(
    key="deal",
    fields=(
        ElementField(key="amount", kind="money"),
        ElementField(key="rooms", kind="integer"),
        ElementField(key="urgent", kind="boolean"),
        ElementField(key="wish", kind="text"),
        ElementField(key="due", kind="date"),
    ),
)
KNOWN = Knowledge(types={"deal": DEAL}, portals={"portal": Portal(currency="EUR")})


def form(**payload: Any) -> Signal:
    return Signal(
        id=uuid4(), kind="form.submitted", source="site", happened_at=datetime(2026, 1, 1, tzinfo=UTC), payload=payload
    )


def named(written: str) -> Creation:
    return Creation(type="deal", pipeline="deal/retail", stage="new", title=written)


def test_fields_are_filled_by_the_mapping_and_what_the_payload_lacks_is_left_out() -> None:
    assert mapped({"budget": "5", "note": "", "more": None}, {"amount": "budget", "wish": "note", "due": "date"}) == {
        "amount": "5"
    }


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        ("integer", " 3 ", 3),
        ("integer", "-3", -3),
        ("integer", "three", "three"),
        ("boolean", "on", True),
        ("boolean", "No", False),
        ("boolean", "maybe", "maybe"),
        ("money", "12.50", "12.50 EUR"),
        ("money", "12.50 USD", "12.50 USD"),
        ("text", " hello ", "hello"),
        (None, "x", "x"),
        ("integer", 3, 3),
    ],
)
def test_texts_of_a_form_are_read_as_their_field_is_written(kind: Any, written: Any, read: Any) -> None:
    assert plain(written, ElementField(key="x", kind=kind) if kind else None, "EUR") == read


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        ("integer", "3, 40", [3, 40]),
        ("integer", 3, 3),
        ("phone", "+351912345678", ["+351912345678"]),
        ("phone", ["+351912345678"], ["+351912345678"]),
        ("text", "oak, pine", ["oak, pine"]),
        ("text", ["oak"], ["oak"]),
        ("money", "5, 6 USD", ["5 EUR", "6 USD"]),
        ("person", "ann, rui,", ["ann", "rui"]),
    ],
)
def test_a_text_for_several_values_holds_them_behind_commas(kind: Any, written: Any, read: Any) -> None:
    assert plain(written, ElementField(key="x", kind=kind, multiple=True), "EUR") == read
    choices = ElementField(key="x", kind="choices", choices=("oak", "pine"))
    assert plain("oak, pine", choices, "EUR") == ["oak", "pine"]
    assert plain(["oak"], choices, "EUR") == ["oak"]


def test_what_a_field_cannot_hold_is_left_out_and_told() -> None:
    read = filled(KNOWN, "deal", {"amount": "a lot", "rooms": "3", "wish": "oak", "colour": "red", "title": "Table"})
    assert read.fields == {"rooms": 3, "wish": "oak"}
    assert [error.field for error in read.unread] == ["fields.amount", "fields.colour"]


def test_a_title_is_filled_in_from_the_payload() -> None:
    assert title(KNOWN, form(wish="An oak table"), named("Wish: {{ signal.wish }}")) == "Wish: An oak table"


def test_a_title_that_cannot_be_filled_in_is_none() -> None:
    assert title(KNOWN, form(), named("{{ signal.wish }}")) == ""
    assert title(KNOWN, form(), named("{{ nonsense")) == ""


def test_a_long_title_is_cut() -> None:
    assert len(title(KNOWN, form(wish="x" * 900), named("{{ signal.wish }}"))) == 500
