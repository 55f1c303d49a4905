"""By what two values are the same."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from contracts.elements import ElementField, ElementType
from contracts.items import Item
from crm_api.record.uniqueness import holdings, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

AT = datetime(2026, 1, 1, tzinfo=UTC)
ID = UUID(int=7)
TYPE = ElementType(
    key="supplier",
    fields=(
        ElementField(key="code", kind="string", unique=True),
        ElementField(key="phones", kind="phone", unique=True, multiple=True),
        ElementField(key="note", kind="string"),
    ),
)


def item(*, deleted: bool = False, **fields: Any) -> Item:
    return Item(id=ID, type="supplier", version=1, entered_at=AT, created_at=AT, fields=fields, deleted=deleted)


@pytest.mark.parametrize(("one", "other"), [("1.50", "1.5"), ("100", "100.0"), ("0", "-0.0"), ("-0", "0.00")])
def test_equal_numbers_are_one_value_however_they_are_written(one: str, other: str) -> None:
    assert text_of("decimal", one) == text_of("decimal", other)
    assert text_of("decimal", "100") == "100"
    assert text_of("decimal", "0." + "1" * 39) != text_of("decimal", "0." + "1" * 38 + "2")


def test_a_long_text_is_held_by_its_hash_and_a_short_one_as_it_is() -> None:
    long = text_of("url", "https://example.com/" + "x" * 600)
    assert long.startswith("sha256:")
    assert len(long) < 80
    assert text_of("url", "https://example.com/" + "x" * 601) != long
    assert text_of("integer", 7) == "7"


@settings(deadline=None)
@given(st.integers())
def test_different_numbers_are_different_values(number: int) -> None:
    assert text_of("integer", number) != text_of("integer", number + 1)


def test_an_item_holds_each_of_its_unique_values_and_none_once_it_is_deleted() -> None:
    held = set(holdings(TYPE, item(code="A", phones=["+351912345678", "+351912345679"], note="same")))
    assert held == {
        ("supplier", "code", "A", ID),
        ("supplier", "phones", "+351912345678", ID),
        ("supplier", "phones", "+351912345679", ID),
    }
    assert set(holdings(TYPE, item(code="A", deleted=True))) == set()
    assert set(holdings(TYPE, item())) == set()
