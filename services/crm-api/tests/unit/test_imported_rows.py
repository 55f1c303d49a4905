"""Rows of a file as fields take them: every usual way to write a number, a date, a choice and a person."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from automation.knowledge import Knowledge
from contracts.config import Pipeline, Portal
from contracts.elements import ElementField, ElementType
from contracts.people import Person
from contracts.rules import Stage
from crm_api.fields import FieldError
from crm_api.imports.asked import Import
from crm_api.imports.guessing import guess
from crm_api.imports.rows import RowReader
from crm_api.imports.written import Manner, value_of
from pydantic import ValidationError

SIZE = ElementField(key="size", kind="choice", choices=("s", "m"), choice_names={"s": {"en": "Small", "de": "Klein"}})
FIELDS = (
    ElementField(key="amount", kind="money", name={"en": "Budget", "pt": "Orçamento"}),
    ElementField(key="tags", kind="choices", choices=("red", "blue")),
    ElementField(key="mails", kind="email", multiple=True),
    ElementField(key="buyer", kind="link", to="contact"),
    SIZE,
)
CONTACT = (ElementField(key="name", kind="string"), ElementField(key="phone", kind="phone"))
KNOWLEDGE = Knowledge(
    types={"deal": ElementType(key="deal", fields=FIELDS), "contact": ElementType(key="contact", fields=CONTACT)},
    pipelines={
        "deal/retail": Pipeline(
            id="deal/retail", type="deal", stages=(Stage(key="new"), Stage(key="won", name={"de": "Gewonnen"}))
        )
    },
    people={"ann": Person(id="ann", name="Ann Silva", email="ann@example.com")},
    portals={"portal": Portal(zone="Europe/Lisbon")},
)
MANNER = Manner(".", "dmy", ZoneInfo("Europe/Lisbon"), "EUR", KNOWLEDGE.people)
COMMA = Manner(",", "mdy", ZoneInfo("Europe/Lisbon"), "EUR", KNOWLEDGE.people)


@pytest.mark.parametrize(
    ("kind", "cell", "manner", "value"),
    [
        ("integer", "1 200", MANNER, 1200),
        ("integer", "1,200", MANNER, 1200),
        ("integer", 7.0, MANNER, 7),
        ("integer", "7.5", MANNER, "7.5"),
        ("decimal", "1,234.50", MANNER, "1234.50"),
        ("decimal", "1.234,50", COMMA, "1234.50"),
        ("decimal", "12,5", MANNER, "12,5"),
        ("decimal", 0.1, MANNER, "0.1"),
        ("money", "1200", MANNER, "1200 EUR"),
        ("money", "USD 1,200.50", MANNER, "1200.50 USD"),
        ("money", "1.200,50 USD", COMMA, "1200.50 USD"),
        ("money", 12.5, MANNER, "12.5 EUR"),
        ("date", "31.12.2026", MANNER, "2026-12-31"),
        ("date", "1/2/2026", MANNER, "2026-02-01"),
        ("date", "12/31/2026", COMMA, "2026-12-31"),
        ("date", datetime(2026, 12, 31), MANNER, "2026-12-31"),  # noqa: DTZ001  a spreadsheet knows no zones
        ("datetime", "31.07.2026 10:00", MANNER, "2026-07-31T09:00:00+00:00"),
        ("datetime", "2026-07-31T10:00:00+02:00", MANNER, "2026-07-31T10:00:00+02:00"),
        ("boolean", "Yes", MANNER, True),
        ("boolean", False, MANNER, False),
        ("phone", 351912345678.0, MANNER, "351912345678"),
        ("person", "ANN SILVA", MANNER, "ann"),
        ("person", "ann@example.com", MANNER, "ann"),
        ("person", "nobody", MANNER, "nobody"),
        ("address", "Rua 1", MANNER, {"street": "Rua 1"}),
        ("string", "'=1+1", MANNER, "=1+1"),
        ("string", " 'tis so ", MANNER, "'tis so"),
        ("string", "  ", MANNER, None),
    ],
)
def test_a_cell_says_what_its_writer_meant(kind: Any, cell: Any, manner: Manner, value: Any) -> None:
    assert value_of(ElementField(key="x", kind=kind), cell, manner) == value


def test_a_choice_is_found_by_its_key_or_its_name_in_any_language_and_several_values_are_taken_apart() -> None:
    assert [value_of(SIZE, cell, MANNER) for cell in ("m", "KLEIN", "Small", "huge")] == ["m", "s", "s", "huge"]
    assert value_of(FIELDS[1], "red; blue", MANNER) == ["red", "blue"]
    assert value_of(FIELDS[2], "a@x.org,\nb@x.org", MANNER) == ["a@x.org", "b@x.org"]


def reader(columns: list[str], mapping: dict[str, str], **more: Any) -> RowReader:
    asked = Import(file="0" * 64, type="deal", pipeline="deal/retail", mapping=mapping, **more)
    return RowReader(asked, columns, KNOWLEDGE)


def test_a_row_fills_the_item_its_stage_and_its_contact() -> None:
    columns = ["Phone", "Stage", "Who", "Name", "Budget"]
    targets = ["contact.phone", "stage", "responsible", "contact.name", "amount"]
    rows = reader(columns, dict(zip(columns, targets, strict=True)))
    row, problems = rows.read(2, ["912 345 678", "gewonnen", "Ann Silva", "Rui"])
    assert (problems, row.stage, row.values) == ([], "won", {"responsible": "ann"})
    assert row.contact == {"phone": "+351912345678", "name": "Rui"}
    assert row.known_by == (("phone", "+351912345678"),)


def test_all_that_is_wrong_with_a_row_is_told_at_once() -> None:
    rows = reader(["S", "A", "P"], {"S": "stage", "A": "amount", "P": "contact.phone"})
    _, problems = rows.read(7, ["lost", "much", "12"])
    assert [(p.row, p.column) for p in problems] == [(7, "S"), (7, "A"), (7, "P")]
    assert all(p.problem and p.fix for p in problems)


def test_a_row_without_its_key_is_refused() -> None:
    rows = reader(["S", "A"], {"S": "title", "A": "amount"}, key="title")
    _, [problem] = rows.read(3, ["", "1"])
    assert (problem.row, problem.column, problem.problem) == (3, "S", "the key is empty")


@pytest.mark.parametrize(
    ("mapping", "more", "field"),
    [
        ({"B": "title"}, {}, "mapping.B"),
        ({"A": "colour"}, {}, "mapping.A"),
        ({"A": "buyer"}, {}, "mapping.A"),
        ({"A": "contact.colour"}, {}, "mapping.A"),
        ({"A": "title"}, {"key": "amount"}, "key"),
        ({"A": "stage"}, {"key": "stage"}, "key"),
        ({"A": "title"}, {"stage": "lost"}, "stage"),
        ({"A": "title"}, {"responsible": "eve"}, "responsible"),
        ({"A": "title"}, {"automation": "throttle 0/s"}, "automation"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(mapping: dict[str, str], more: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        reader(["A"], mapping, **more)
    assert refused.value.field == field


def test_a_throttle_is_a_rate_in_rows_a_second() -> None:
    asked = {"file": "0" * 64, "type": "deal", "mapping": {"A": "title"}}
    assert Import(**asked, automation="throttle 2.5/s").rate == 2.5
    assert Import(**asked).rate is None
    with pytest.raises(ValidationError):
        Import(**asked, automation="throttle fast")


def test_columns_are_guessed_by_their_names_in_any_language_each_field_once() -> None:
    columns = ["Título", "orcamento", "Budget", "Customer phone", "Name", "Verantwortlich", "other"]
    assert guess(KNOWLEDGE, "deal", columns) == {
        "Título": "title",
        "orcamento": "amount",
        "Customer phone": "contact.phone",
        "Name": "contact.name",
        "Verantwortlich": "responsible",
    }
