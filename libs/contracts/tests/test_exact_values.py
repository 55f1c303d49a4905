"""Values that must not change on their way: money, derived ids, what stands for an address, and values of apps."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid5

import pytest
from contracts.app_answers import LARGEST_RESULTS, read_answer
from contracts.app_values import LARGEST_INTEGER, LONGEST_DECIMAL, LONGEST_STRING, WrongValue, of_texts, read_values
from contracts.apps import AppAction, AppValue, AppValueKind
from contracts.ids import ROOT, derived, execution_id
from contracts.money import Money
from contracts.suppressions import fingerprint
from hypothesis import given, settings
from hypothesis import strategies as st

AMOUNTS = st.decimals(-(10**12), 10**12, places=4)
PARTS = st.lists(st.text(st.characters(codec="utf-8"), max_size=12) | st.integers(), max_size=4)


@settings(max_examples=50, deadline=None)
@given(AMOUNTS, st.sampled_from(["EUR", "USD", "JPY"]))
def test_money_is_read_as_it_was_written_to_the_last_digit(amount: Decimal, currency: str) -> None:
    written = str(Money(amount, currency))
    assert Money.read(written) == Money(amount, currency)
    assert str(Money.read(written)) == written
    assert "E" not in written.removesuffix(currency)


@pytest.mark.parametrize(
    "written", ["12", "12 eur", "12.EUR", "EUR 12", " 12 EUR", "12 EUR\n", "1,2 EUR", "1e3 EUR", "NaN EUR", ".5 EUR"]
)
def test_what_only_looks_like_money_is_refused_with_the_form(written: str) -> None:
    with pytest.raises(ValueError, match=r"write it like '1200\.00 EUR'"):
        Money.read(written)


@settings(max_examples=50, deadline=None)
@given(st.text("abc-", min_size=1), PARTS)
def test_a_derived_id_is_the_one_that_rfc_9562_says(kind: str, parts: list[Any]) -> None:
    assert derived(kind, *parts) == uuid5(ROOT, "\x1f".join((kind, *map(str, parts))))


def test_ids_given_as_texts_or_as_ids_name_the_same_execution() -> None:
    rule, item = derived("a"), derived("b")
    assert execution_id(rule, item, 2) == execution_id(str(rule), str(item), 2, "0")
    assert (
        len({execution_id(rule, item, n, o) for n in (1, 2) for o in ("0", "1")} | {execution_id(item, rule, 1)}) == 5
    )


def test_an_address_is_the_same_however_it_is_written_and_no_other_kind_of_address() -> None:
    assert fingerprint("email", " Ana@Example.COM ") == fingerprint("email", "ana@example.com")
    assert fingerprint("phone", " +351912345678") == fingerprint("phone", "+351912345678")
    assert fingerprint("phone", "x") != fingerprint("email", "x")
    assert "ana" not in fingerprint("email", "ana@example.com")


def read(kind: AppValueKind, value: Any, **more: Any) -> Any:
    return read_values([AppValue(key="x", kind=kind, **more)], {"x": value})["x"]


@settings(max_examples=50, deadline=None)
@given(st.decimals(-(10**15), 10**15, places=6))
def test_a_decimal_travels_as_the_same_number_without_an_exponent(number: Decimal) -> None:
    for written in (str(number), f"{number:E}"):
        told = read("decimal", written)
        assert Decimal(told) == number
        assert "E" not in told


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 90), st.integers(0, 90))
def test_a_decimal_has_at_most_so_many_digits_on_either_side(whole: int, fraction: int) -> None:
    written = "1" * whole + "." + "1" * fraction
    if whole + fraction <= LONGEST_DECIMAL:
        assert Decimal(read("decimal", written)) == Decimal(written)
    else:
        with pytest.raises(WrongValue, match="at most 40 digits"):
            read("decimal", written)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 1.0), ("integer", "1"), ("integer", True), ("integer", LARGEST_INTEGER + 1),
        ("decimal", True), ("decimal", "NaN"), ("decimal", float("inf")), ("decimal", "1e99"), ("decimal", []),
        ("boolean", 1), ("boolean", "true"), ("money", "12"), ("money", 12), ("date", "31.12.2026"), ("date", 7),
        ("datetime", "2026-12-31T10:00:00"), ("datetime", "now"), ("datetime", "0001-01-01T00:00:00+14:00"),
        ("datetime", "9999-12-31T23:00:00-14:00"), ("string", "x" * (LONGEST_STRING + 1)),
        ("string", "a\0b"), ("text", "\ud800"), ("text", 7), ("person", None.__class__), ("person", ["ann"]),
    ],
)  # fmt: skip
def test_what_is_not_of_its_kind_is_refused_by_its_key(kind: AppValueKind, value: Any) -> None:
    with pytest.raises(WrongValue, match=f"is not of kind {kind}") as refused:
        read(kind, value)
    assert refused.value.key == "x"


def test_a_choice_is_one_of_those_that_there_are() -> None:
    assert read("choice", "a", choices=("a", "b")) == "a"
    with pytest.raises(WrongValue, match="use one of: a, b"):
        read("choice", "c", choices=("a", "b"))


def test_dates_and_moments_travel_in_one_form() -> None:
    assert read("date", "20261231") == date(2026, 12, 31).isoformat()
    told = read("datetime", "2026-12-31T10:00:00Z")
    assert datetime.fromisoformat(told) == datetime.fromisoformat("2026-12-31T10:00:00+00:00")


def test_null_is_not_there_what_is_required_must_be_and_nothing_else_may() -> None:
    known = [AppValue(key="a", required=True), AppValue(key="b", kind="integer")]
    assert read_values(known, {"a": "x", "b": None}) == {"a": "x"}
    with pytest.raises(WrongValue, match="is missing"):
        read_values(known, {"a": None, "b": 1})
    with pytest.raises(WrongValue, match="it has a, b"):
        read_values(known, {"a": "x", "c": 1})


def test_texts_that_say_numbers_become_numbers_and_other_words_stay_for_the_reader_to_refuse() -> None:
    known = [AppValue(key="n", kind="integer"), AppValue(key="y", kind="boolean"), AppValue(key="t")]
    assert of_texts(known, {"n": " 12 ", "y": "True", "t": "12"}) == {"n": 12, "y": True, "t": "12"}
    assert of_texts(known, {"n": "1.5", "y": "yes", "t": 7}) == {"n": "1.5", "y": "yes", "t": "7"}
    assert of_texts(known, {"n": "", "y": None, "t": ""}) == {}


ACTION = AppAction(key="book", outputs=(AppValue(key="id", required=True), AppValue(key="note", kind="text")))


def test_an_answer_has_the_results_that_the_manifest_says_and_a_failure_has_none() -> None:
    done = read_answer(ACTION, {"outcome": "done", "results": {"id": "7", "note": None}})
    assert (done.outcome, done.results) == ("done", {"id": "7"})
    failed = read_answer(ACTION, {"outcome": "failed", "results": {"anything": 1}})
    assert (failed.results, failed.reason) == ({}, "the app says that it failed")


@pytest.mark.parametrize(
    ("given_", "key"),
    [
        ({"outcome": "done", "results": {}}, "results.id"),
        ({"outcome": "done", "results": {"id": 7}}, "results.id"),
        ({"outcome": "maybe"}, "outcome"),
        ({"outcome": "done", "extra": 1}, "extra"),
        ({"outcome": "failed", "reason": "x" * 501}, "reason"),
        ([], "body"),
    ],
)
def test_an_answer_that_is_none_is_refused_by_its_place(given_: object, key: str) -> None:
    with pytest.raises(WrongValue) as refused:
        read_answer(ACTION, given_)
    assert refused.value.key == key


def test_results_stay_small_as_they_travel_with_every_row() -> None:
    action = AppAction(key="book", outputs=tuple(AppValue(key=f"t{n}", kind="text") for n in range(3)))
    with pytest.raises(WrongValue, match=f"may be {LARGEST_RESULTS}"):
        read_answer(action, {"outcome": "done", "results": {f"t{n}": "x" * 8000 for n in range(3)}})
    assert read_answer(action, {"outcome": "done", "results": {"t0": "x" * 8000}}).results
