"""The keys of values stand in the order of the values."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from contracts.money import Money
from crm_api.lists.keys import CUT, LONGEST_KEY, folded, key, keys, of_money, of_number
from hypothesis import example, given
from hypothesis import strategies as st

numbers = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**23), max_value=10**23)
moments = st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-3))), min_value=datetime(2, 1, 1))  # noqa: DTZ001  the strategy wants it without a zone


@given(numbers, numbers)
@example(Decimal("-1.25"), Decimal("-1.2"))
@example(Decimal("-0.00"), Decimal(0))
@example(Decimal("9.99999999"), Decimal(10))
@example(Decimal(-100), Decimal(-99))
def test_numbers_stand_in_their_order(one: Decimal, other: Decimal) -> None:
    assert (of_number(one) < of_number(other)) == (one < other)
    assert (of_number(one) == of_number(other)) == (one == other)


@given(st.integers(-(2**53), 2**53), st.integers(-(2**53), 2**53))
def test_whole_numbers_stand_in_their_order(one: int, other: int) -> None:
    assert (key("integer", one) < key("integer", other)) == (one < other)


@given(numbers, numbers, st.sampled_from(["EUR", "USD"]), st.sampled_from(["EUR", "USD"]))
def test_money_stands_by_its_currency_and_then_by_its_amount(one: Decimal, other: Decimal, a: str, b: str) -> None:
    written = [str(Money(one, a)), str(Money(other, b))]
    assert (of_money(written[0]) < of_money(written[1])) == ((a, one) < (b, other))


@given(moments, moments)
def test_moments_stand_in_their_order_whatever_their_zone(one: datetime, other: datetime) -> None:
    assert (key("datetime", one) < key("datetime", other)) == (one < other)
    assert key("datetime", one) == key("datetime", one.astimezone(UTC).isoformat())


@given(st.text(max_size=300))
def test_the_key_of_a_text_is_short_and_the_same_for_small_and_large_letters(text: str) -> None:
    assert len(key("string", text)) <= LONGEST_KEY + 1
    assert key("string", text.upper().lower()) == key("string", text.upper().lower().title().lower())


def test_a_long_text_never_stands_as_the_text_that_it_begins_with() -> None:
    assert key("text", "a" * LONGEST_KEY) != key("text", "a" * (LONGEST_KEY + 1))
    assert key("text", "a" * (LONGEST_KEY + 1)).endswith(CUT)


@pytest.mark.parametrize(
    ("text", "found_as"), [("São João", "sao joao"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Ёлка", "елка")]
)
def test_texts_stand_without_case_and_accents(text: str, found_as: str) -> None:
    assert folded(text) == found_as


def test_several_values_have_a_key_each_and_equal_ones_have_one() -> None:
    assert keys("string", ["Oak", "oak", "Ash"]) == ("oak", "ash")
    assert keys("choices", ["M", "S"]) == ("M", "S")
    assert keys("money", None) == ()
    assert keys("address", {"street": "Rua Augusta 1", "city": "Lisboa"}) == ("rua augusta 1 lisboa",)
    assert keys("boolean", value=False) == ("0",)
