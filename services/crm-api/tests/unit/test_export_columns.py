"""The columns of an export: how they are headed in a language, and what stands in them for an item."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from automation.testing import deal, named, record, shop
from contracts.elements import ElementField
from contracts.items import Item, Link
from contracts.money import Money
from crm_api.fields import FieldError
from crm_api.spreadsheets.cells import Cell, Telling, cell_of, text_of
from crm_api.spreadsheets.columns import MOST_COLUMNS, Columns
from crm_api.spreadsheets.exporting import led_to
from crm_api.spreadsheets.texts import told

BUYER, SECOND = named("buyer"), named("second")
FIELDS: list[dict[str, Any]] = [
    {"key": "amount", "kind": "money", "name": {"en": "Budget", "pt": "Orçamento"}},
    {"key": "buyer", "kind": "link", "to": "contact", "name": {"pt": "Comprador"}},
    {"key": "size", "kind": "choice", "choices": ["s"], "choice_names": {"s": {"en": "Small"}}},
]
STAGES = [{"key": "new", "name": {"en": "New", "pt": "Novo"}}, {"key": "paid"}]
PLACES = {"id": "deal/retail", "type": "deal", "stages": STAGES}
AT = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)


def columns(language: str = "pt", **more: Any) -> Columns:
    extra = (
        record("type", "deal", {"key": "deal", "fields": FIELDS, **more}),
        record("pipeline", "deal/retail", PLACES),
    )
    known = shop(extra=extra)
    return Columns(known, known.types["deal"], Telling(language, ZoneInfo("Europe/Lisbon")))


def buyer(**more: Any) -> Item:
    bare = {"id": BUYER, "type": "contact", "title": "Ana", "version": 1, "entered_at": AT, "created_at": AT}
    return Item.model_validate({**bare, "fields": {"phone": "+351912345678"}, **more})


def led(*ids: Any, **more: Any) -> Item:
    """Give a deal that leads to these buyers."""
    links = tuple(Link(role="buyer", type="contact", id=id_) for id_ in ids)
    return deal(**more).model_copy(update={"links": links})


KEYS = ["amount", "buyer", "buyer.phone", "buyer.title", "contact.phone", "stage", "size", "created_at"]


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        (
            "pt",
            ["Orçamento", "Comprador", "Comprador: phone", "Comprador: Título", "contact: phone", "Etapa", "size",
             "Criado"],
        ),
        (
            "fi",
            ["Budget", "Comprador", "Comprador: phone", "Comprador: Title", "contact: phone", "Stage", "size",
             "Created"],
        ),
    ],
)  # fmt: skip
def test_headings_say_whose_field_it_is_in_a_language_that_somebody_knows(language: str, headings: list[str]) -> None:
    assert [one.heading for one in columns(language).chosen(KEYS)] == headings


def test_of_what_an_item_leads_to_the_first_is_told_if_it_stands_and_may_be_told_of() -> None:
    title, phone = columns().chosen(["buyer", "buyer.phone"])
    item = led(BUYER, SECOND)
    near = {BUYER: buyer(), SECOND: buyer(id=SECOND, title="Rui", fields={})}
    assert [one.value(item, near) for one in (title, phone)] == ["Ana", "+351912345678"]
    assert [one.value(led(SECOND, BUYER), near) for one in (title, phone)] == ["Rui", None]
    for hidden in ({}, {BUYER: buyer(deleted=True), SECOND: buyer(id=SECOND)}, {SECOND: buyer(id=SECOND)}):
        assert [one.value(item, hidden) for one in (title, phone)] == [None, None]
    assert [one.value(led(), near) for one in (title, phone)] == [None, None]
    assert led_to(item, {"buyer", "contact"}) == {BUYER}


def test_attributes_are_told_by_their_names_and_moments_by_the_clock_of_the_zone() -> None:
    item = led(amount="5 EUR", size="s", created_at=AT, responsible=None)
    stage, size, created, responsible, version = columns("en").chosen(
        ["stage", "size", "created_at", "responsible", "version"]
    )
    assert (stage.value(item, {}), size.value(item, {}), version.value(item, {})) == ("New", "Small", 7)
    assert text_of(created.value(item, {})) == "2026-07-02T00:30:00+01:00"
    assert responsible.value(item, {}) == ""
    gone = item.model_copy(update={"stage": "gone"})
    elsewhere = item.model_copy(update={"pipeline": "deal/other", "stage": "new"})
    assert [stage.value(one, {}) for one in (gone, elsewhere)] == ["gone", "new"]
    [portuguese] = columns("pt").chosen(["stage"])
    assert [portuguese.value(one, {}) for one in (item, item.model_copy(update={"stage": "paid"}))] == ["Novo", "paid"]


@pytest.mark.parametrize(
    ("listed", "usual"),
    [
        ([], ["title", "stage", "responsible", "amount", "size"]),
        (["size", "title"], ["size", "title"]),
        (["vanished", "size"], ["size"]),
        (["vanished"], ["title", "stage", "responsible", "amount", "size"]),
    ],
)
def test_where_none_are_chosen_the_columns_of_the_list_are_meant(listed: list[str], usual: list[str]) -> None:
    assert [one.key for one in columns(columns=listed).chosen([])] == usual


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        (["title"] * (MOST_COLUMNS + 1), "columns"),
        (["title", "phone"], "columns.1"),
        (["vendor.phone"], "columns.0"),
        (["vendor.title"], "columns.0"),
        (["buyer.colour"], "columns.0"),
        (["deal.buyer"], "columns.0"),
        (["buyer.contact.phone"], "columns.0"),
        ([".title"], "columns.0"),
        (["buyer."], "columns.0"),
        ([""], "columns.0"),
    ],
)
def test_a_column_that_there_is_not_is_refused_by_its_place(keys: list[str], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        columns().chosen(keys)
    assert refused.value.field == field


LISBON = Telling("de", ZoneInfo("Europe/Lisbon"))
NAMED = {"choices": ("s", "m"), "choice_names": {"s": {"en": "Small", "de": "Klein"}}}


@pytest.mark.parametrize(
    ("kind", "more", "value", "cell"),
    [
        ("integer", {}, 0, 0),
        ("decimal", {}, "1.50", Decimal("1.50")),
        ("money", {}, "1.50 EUR", Money(Decimal("1.50"), "EUR")),
        ("date", {}, "2026-01-02", date(2026, 1, 2)),
        ("boolean", {}, False, False),
        ("choice", NAMED, "s", "Klein"),
        ("choice", NAMED, "gone", "gone"),
        ("choices", NAMED, ["m", "s"], "m, Klein"),
        ("address", {}, {"street": "Rua 1", "city": "Porto", "region": ""}, "Rua 1, Porto"),
        ("integer", {"multiple": True}, [3, 1], "3, 1"),
        ("date", {"multiple": True}, ["2026-01-02"], "2026-01-02"),
        ("boolean", {"multiple": True}, [True, False], "true, false"),
        ("string", {"multiple": True}, None, None),
        # The type has changed since; what is there is told as it is.
        ("integer", {}, "many", "many"),
        ("decimal", {}, "many", "many"),
        ("money", {}, "12", "12"),
        ("date", {}, "soon", "soon"),
        ("datetime", {}, 5, "5"),
        ("address", {}, "Rua 1", "Rua 1"),
        ("integer", {"multiple": True}, 7, "7"),
    ],
)
def test_a_value_is_a_cell_of_its_kind(kind: Any, more: dict[str, Any], value: Any, cell: Cell) -> None:
    found = cell_of(ElementField(key="x", kind=kind, **more), value, LISBON)
    assert (found, type(found)) == (cell, type(cell))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (True, "true"),
        (1, "1"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.00000001"), "0.00000001"),
        (date(26, 1, 2), "0026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
    ],
)
def test_a_cell_as_text_is_read_the_same_everywhere(cell: Cell, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Oak", "pt", "Oak"),
        ("", "pt", "else"),
        ({"pt": "Carvalho", "en": "Oak"}, "pt", "Carvalho"),
        ({"pt": "", "en": "Oak"}, "pt", "Oak"),
        ({"it": "", "ru": "Дуб"}, "pt", "Дуб"),
        ({"it": ""}, "pt", "else"),
        ({}, "pt", "else"),
    ],
)
def test_a_name_is_told_in_a_language_in_english_or_in_any(text: Any, language: str, said: str) -> None:
    assert told(text, language, "else") == said
