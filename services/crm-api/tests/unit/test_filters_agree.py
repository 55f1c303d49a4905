"""Filters beside a slow and obvious one: what a condition asks of keys is what it says of values."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from automation.testing import record, shop
from contracts.elements import FieldKind
from contracts.money import Money
from crm_api.fields import read_fields
from crm_api.lists.conditions import Condition, Range
from crm_api.lists.filters import OPERATORS_OF, Reader, WrittenCondition
from crm_api.lists.keys import folded, keys
from crm_api.lists.reading import in_other_currencies
from crm_api.lists.searching import ends, looked_for
from hypothesis import assume, given, settings
from hypothesis import strategies as st

TAGS = ("red", "blue", "old")
FIELDS: list[dict[str, Any]] = [
    *({"key": kind, "kind": kind} for kind in ("integer", "decimal", "money", "date", "datetime", "string", "boolean")),
    {"key": "choices", "kind": "choices", "choices": TAGS},
    {"key": "sizes", "kind": "integer", "multiple": True},
]
RATE = record("rate", "USD/2026-01-01", {"currency": "USD", "to": "EUR", "on": "2026-01-01", "rate": "0.25"})
KNOWLEDGE = shop(extra=(record("type", "deal", {"key": "deal", "fields": FIELDS}), RATE))
READER = Reader(KNOWLEDGE, "deal", in_other_currencies(KNOWLEDGE, date(2026, 3, 2)))
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-3)), timezone(timedelta(hours=5, minutes=30))])
EDGES = st.sampled_from(["0", "-0.00", "9.99", "10", "10.00", "-9.99", "-10", "100"])
NUMBERS = EDGES | st.decimals(-30, 30, places=2).map(lambda number: f"{number:f}")
VALUES: dict[FieldKind, st.SearchStrategy[Any]] = {
    "integer": st.integers(-12, 12) | st.integers(-(2**53), 2**53),
    "decimal": NUMBERS,
    "money": NUMBERS.map(lambda number: f"{number} EUR"),
    "date": st.dates(date(2026, 1, 28), date(2026, 2, 3)).map(date.isoformat),
    "datetime": st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2), timezones=ZONES).map(datetime.isoformat),  # noqa: DTZ001  naive bounds
}
MEANT: dict[FieldKind, Callable[[Any], Any]] = {
    "integer": int,
    "decimal": Decimal,
    "money": lambda written: Money.read(written).amount,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}
CASES = st.sampled_from(sorted(VALUES)).flatmap(
    lambda kind: st.tuples(st.just(kind), VALUES[kind], VALUES[kind], VALUES[kind])
)
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)


def within(key: str, one: Range) -> bool:
    above = one.low is None or key > one.low or (one.with_low and key == one.low)
    return above and (one.high is None or key < one.high or (one.with_high and key == one.high))


def fulfils(condition: Condition, held: tuple[str, ...]) -> bool:
    """Say of the keys of a field what the database says of them."""
    if condition.any_of:
        positive = any(key in condition.any_of for key in held)
    elif condition.ranges:
        positive = any(within(key, one) for key in held for one in condition.ranges)
    elif condition.containing:
        positive = any(condition.containing in key for key in held)
    else:
        positive = bool(held)
    return positive is not condition.negated


def asks(field: str, held: Any, **written: Any) -> bool:
    """Say whether a field that holds a value fulfils what is written."""
    condition = READER.condition(WrittenCondition.model_validate({"field": field, **written}), "all.0")
    kind = KNOWLEDGE.fields("deal")[field].kind
    return fulfils(condition, keys(kind, read_fields(KNOWLEDGE, "deal", {field: held})[field]))


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_numbers_money_days_and_moments_are_compared_as_they_are(case: tuple[FieldKind, Any, Any, Any]) -> None:
    kind, held, one, other = case
    up, down = ("after", "before") if kind in {"date", "datetime"} else ("greater", "smaller")
    value, low, high = (MEANT[kind](written) for written in (held, one, other))
    operands = {up: one, down: one, "equals": one, "differs": one, "in": [one, other], "between": [one, other]}
    assert {operator: asks(kind, held, **{operator: operand}) for operator, operand in operands.items()} == {
        up: value > low,
        down: value < low,
        "equals": value == low,
        "differs": value != low,
        "in": value in {low, high},
        "between": low <= value <= high,
    }


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_amounts_in_another_currency_are_compared_by_their_worth(dollars: str, low: str, high: str) -> None:
    held, worth = f"{dollars} USD", Decimal(dollars) / 4
    least, most = Decimal(low), Decimal(high)
    assert asks("money", held, greater=f"{low} EUR") == (worth > least)
    assert asks("money", held, smaller=f"{low} EUR") == (worth < least)
    assert asks("money", held, between=[f"{low} EUR", f"{high} EUR"]) == (least <= worth <= most)
    # What it is called is another thing than what it is worth.
    assert not asks("money", held, equals=f"{worth:f} EUR")


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_an_empty_field_is_empty_and_differs_from_everything_and_fulfils_nothing_else(kind: FieldKind) -> None:
    some: dict[str, Any] = {"integer": 0, "decimal": "0", "money": "0 EUR", "date": "2026-01-01"}
    value = some.get(kind, "2026-01-01T00:00:00+00:00")
    operands = dict.fromkeys(OPERATORS_OF[kind], value) | {"in": [value], "empty": True}
    operands |= {"between": [value, value]} if "between" in operands else {}
    assert [operator for operator, operand in operands.items() if asks(kind, None, **{operator: operand})] == [
        "differs",
        "empty",
    ]
    assert not asks(kind, None, empty=False)
    assert asks(kind, value, empty=False)


@settings(max_examples=60, deadline=None)
@given(PLAIN, PLAIN)
def test_a_text_contains_another_whatever_its_case(held: str, part: str) -> None:
    assume(part.strip())
    assert asks("string", held or None, contains=part) == (part.lower() in held.lower())
    assert asks("string", held + part.upper(), contains=part)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12))
def test_a_text_without_case_and_accents_is_its_parts_so_that_any_of_them_finds_it(one: str, other: str) -> None:
    assert folded(one + other) == folded(one) + folded(other)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(TAGS)), st.sampled_from(TAGS), st.sampled_from(TAGS))
def test_several_choices_fulfil_what_one_of_them_does(held: set[str], one: str, other: str) -> None:
    tags = sorted(held) or None
    told = [asks("choices", tags, **{operator: one}) for operator in ("contains", "equals", "differs")]
    assert told == [one in held, one in held, one not in held]
    assert asks("choices", tags, **{"in": [one, other]}) == bool(held & {one, other})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-9, 9), max_size=4), st.integers(-9, 9), st.integers(-9, 9))
def test_several_numbers_fulfil_what_one_of_them_does(held: list[int], low: int, high: int) -> None:
    assert asks("sizes", held, between=[low, high]) == any(low <= one <= high for one in held)
    assert asks("sizes", held, greater=low) == any(one > low for one in held)
    assert asks("sizes", held, differs=low) == (low not in held)


@pytest.mark.parametrize(("held", "yes", "no"), [(True, True, False), (False, False, True), (None, False, False)])
def test_a_no_is_not_the_same_as_nothing(held: Any, *, yes: bool, no: bool) -> None:
    assert (asks("boolean", held, equals=True), asks("boolean", held, equals=False)) == (yes, no)


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"[1-9][0-9]{7,13}", fullmatch=True), st.data())
def test_a_phone_is_found_by_any_four_of_its_digits_and_more(digits: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(digits) - 4))
    part = digits[begin : data.draw(st.integers(begin + 4, len(digits)))]
    other = data.draw(st.from_regex(r"[0-9]{4,6}", fullmatch=True))
    for looked in (part, other):
        assert looked_for(looked) == f"'{looked}':*"
        assert any(word.startswith(looked) for word in ends(f"+{digits}")) == (looked in digits)


@pytest.mark.parametrize(
    ("rate", "below", "above"), [("3", "0.33333333", "0.33333334"), ("1.5", "0.66666666", "0.66666667")]
)
def test_what_an_amount_is_worth_is_not_rounded_before_it_is_compared(rate: str, below: str, above: str) -> None:
    dollars = {"currency": "USD", "to": "EUR", "on": "2026-02-01", "rate": rate}
    knowledge = KNOWLEDGE.with_([record("rate", "USD/2026-02-01", dollars)])
    reader = Reader(knowledge, "deal", in_other_currencies(knowledge, date(2026, 3, 2)))
    for operator, meant in (("smaller", [True, False]), ("greater", [False, True])):
        condition = reader.condition(WrittenCondition.model_validate({"field": "money", operator: "1 EUR"}), "all.0")
        assert [fulfils(condition, keys("money", f"{held} USD")) for held in (below, above)] == meant
