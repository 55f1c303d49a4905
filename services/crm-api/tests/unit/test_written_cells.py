"""Cells as people and their programs write them: numbers, days and several values, and what no field can hold."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from automation.knowledge import Knowledge
from contracts.config import Portal
from contracts.elements import ElementField, ElementType, FieldKind
from contracts.people import Person
from crm_api.imports.asked import Import
from crm_api.imports.guessing import guess
from crm_api.imports.rows import RowReader
from crm_api.imports.written import Manner, number_of, value_of
from hypothesis import given, settings
from hypothesis import strategies as st

KINDS: tuple[FieldKind, ...] = tuple(kind for kind in get_args(FieldKind) if kind != "link")
CHOICES = ("2025", "2026")
FIELDS = tuple(
    ElementField(key=kind, kind=kind, choices=CHOICES if kind in {"choice", "choices"} else ()) for kind in KINDS
)
MANY = tuple(one.model_copy(update={"key": f"{one.key}_s", "multiple": True}) for one in FIELDS if one.key != "choices")
PEOPLE = {"ann": Person(id="ann", name="Ann Silva")}
KNOWLEDGE = Knowledge(
    types={"thing": ElementType(key="thing", fields=(*FIELDS, *MANY))},
    people=PEOPLE,
    portals={"portal": Portal(zone="Europe/Lisbon")},
)
LISBON = ZoneInfo("Europe/Lisbon")
POINT = Manner(".", "dmy", LISBON, "EUR", PEOPLE)
COMMA = Manner(",", "dmy", LISBON, "EUR", PEOPLE)
AMERICAN = Manner(".", "mdy", LISBON, "EUR", PEOPLE)
NOON = datetime(2026, 12, 31, 12, tzinfo=UTC).replace(tzinfo=None)
TARGETS = ("title", "responsible", *(one.key for one in (*FIELDS, *MANY)))
CELLS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.datetimes() | st.dates() | st.times() | st.timedeltas()
)  # fmt: skip


def reader(target: str, **more: Any) -> RowReader:
    """Give a reader of one column."""
    return RowReader(Import(file="0" * 64, type="thing", mapping={"A": target}, **more), ["A"], KNOWLEDGE)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TARGETS), CELLS, st.sampled_from([".", ","]), st.sampled_from(["dmy", "mdy"]))
def test_whatever_a_cell_holds_is_read_or_told_of_and_never_ends_the_import(
    target: str, cell: Any, decimal: str, dates: str
) -> None:
    row, problems = reader(target, decimal=decimal, dates=dates).read(2, [cell])
    assert [problem.column for problem in problems] in ([], ["A"])
    assert not (problems and row.values)
    assert all(problem.problem and problem.fix for problem in problems)


@pytest.mark.parametrize("cell", [True, False, NOON, NOON.date(), time(9), timedelta(hours=1), float("nan")])
def test_a_cell_of_a_workbook_that_is_no_amount_is_told_in_its_row(cell: Any) -> None:
    for target in ("money", "money_s"):
        _, [problem] = reader(target).read(7, [cell])
        assert (problem.row, problem.column) == (7, "A")
        assert "is not a money" in problem.problem


@settings(max_examples=60, deadline=None)
@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from([" ", "\u00a0", "\u202f", "'", ""]))
def test_a_number_is_the_same_in_every_manner_with_or_without_groups(number: Decimal, between: str) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for text, manner in (
        (english, POINT),
        (english.replace(",", between), POINT),
        (german, COMMA),
        (german.replace(".", between), COMMA),
        (english.removesuffix(".00"), POINT),
        (german.removesuffix(",00"), COMMA),
    ):
        assert Decimal(number_of(text, manner)) == number


@pytest.mark.parametrize(
    ("written", "manner"),
    [
        ("1,23", POINT), ("1,2345", POINT), ("12,34,567", POINT), (",5", POINT), ("1.2,3", POINT),
        ("1.23,4,5", COMMA), ("1.23.456", COMMA), ("1,234.5", COMMA), ("1.2345,6", COMMA),
    ],
)  # fmt: skip
def test_what_is_grouped_in_no_manner_stays_as_it_is_for_the_field_to_refuse(written: str, manner: Manner) -> None:
    assert number_of(written, manner) == written
    _, [problem] = reader("decimal", decimal=manner.decimal).read(2, [written])
    assert written in problem.problem


@pytest.mark.parametrize(
    ("kind", "cell", "manner", "values"),
    [
        ("decimal", "1,5; 2,5", COMMA, ["1.5", "2.5"]),
        ("decimal", "1,5, 2,5", COMMA, ["1.5", "2.5"]),
        ("decimal", "1.5,2.5", POINT, ["1.5", "2.5"]),
        ("money", "1.200,50 EUR, 3 USD", COMMA, ["1200.50 EUR", "3 USD"]),
        ("integer", "1, 2;3\n4", COMMA, [1, 2, 3, 4]),
        ("integer", "1,2", POINT, [1, 2]),
        ("integer", 7.0, COMMA, [7]),
        ("string", "oak,ash; elm", COMMA, ["oak", "ash", "elm"]),
        ("date", "1.2.2026, 3.2.2026", COMMA, ["2026-02-01", "2026-02-03"]),
        ("string", " ; ,", POINT, []),
    ],
)
def test_a_comma_stands_between_values_but_not_before_a_fraction(
    kind: Any, cell: Any, manner: Manner, values: list[Any]
) -> None:
    assert value_of(ElementField(key="x", kind=kind, multiple=True), cell, manner) == values


@pytest.mark.parametrize("cell", [2026, 2026.0, "2026"])
def test_a_choice_that_a_workbook_keeps_as_a_number_is_that_choice(cell: Any) -> None:
    for target, kept in (("choice", "2026"), ("choices", ["2026"]), ("choice_s", ["2026"])):
        row, problems = reader(target).read(2, [cell])
        assert (row.values, problems) == ({target: kept}, [])


@pytest.mark.parametrize(
    ("kind", "cell", "manner", "value"),
    [
        ("date", "31.12.2026 10:00", POINT, "2026-12-31"),
        ("date", "12/31/2026 9:05 PM", AMERICAN, "2026-12-31"),
        ("date", "2026-12-31T10:00:00+01:00", POINT, "2026-12-31"),
        ("date", NOON, POINT, "2026-12-31"),
        ("date", NOON.date(), POINT, "2026-12-31"),
        ("date", "2026-12-31/2027-01-02", POINT, "2026-12-31/2027-01-02"),
        ("date", "2026-12-311", POINT, "2026-12-311"),
        ("date", "31.12.2026 or so", POINT, "31.12.2026 or so"),
        ("date", "31.12.26", POINT, "31.12.26"),
        ("datetime", "12/31/2026 9:05", AMERICAN, "2026-12-31T09:05:00+00:00"),
        ("datetime", "31.07.2026T9:05:30", POINT, "2026-07-31T08:05:30+00:00"),
        ("datetime", "31-12-2026", POINT, "2026-12-31T00:00:00+00:00"),
        # In Lisbon the clocks go from one to two on 28 March, and from two to one on 31 October.
        ("datetime", "28.03.2027 01:30", POINT, "2027-03-28T01:30:00+00:00"),
        ("datetime", "31.10.2027 01:30", POINT, "2027-10-31T00:30:00+00:00"),
        ("datetime", "31.13.2026 10:00", POINT, "31.13.2026 10:00"),
        ("datetime", NOON, POINT, "2026-12-31T12:00:00+00:00"),
    ],
)
def test_days_and_moments_are_read_whole_or_not_at_all(kind: Any, cell: Any, manner: Manner, value: str) -> None:
    assert value_of(ElementField(key="x", kind=kind), cell, manner) == value


def test_a_row_may_be_shorter_or_longer_than_the_columns() -> None:
    asked = Import(file="0" * 64, type="thing", mapping={"B": "string", "C": "integer"})
    rows = RowReader(asked, ["A", "B", "C"], KNOWLEDGE)
    for cells, values in (([], {}), (["a", "b"], {"string": "b"}), (["a", "b", 3, "d"], {"string": "b", "integer": 3})):
        row, problems = rows.read(2, cells)
        assert (row.values, problems) == (values, [])


def test_a_column_without_a_name_or_with_signs_only_is_guessed_as_nothing() -> None:
    assert guess(KNOWLEDGE, "thing", ["#", "", "€", "Ti-tle", "E-MAIL", "date", "datum"]) == {
        "Ti-tle": "title",
        "E-MAIL": "email",
        "date": "date",
    }
