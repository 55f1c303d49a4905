"""What is exported is imported again as it was, as CSV and as XLSX, whatever the fields hold."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from automation.knowledge import Knowledge
from automation.wall_times import moment, wall
from contracts.config import Portal
from contracts.elements import ElementField, ElementType
from contracts.items import Item
from contracts.people import Person
from crm_api.fields import read_fields
from crm_api.imports.asked import Import
from crm_api.imports.rows import RowReader
from crm_api.spreadsheets.cells import Cell, Telling
from crm_api.spreadsheets.columns import Columns
from crm_api.spreadsheets.defusing import meant
from crm_api.spreadsheets.reading import How, Sheet
from crm_api.spreadsheets.writing import BOM, Workbook, csv_rows
from hypothesis import given, settings
from hypothesis import strategies as st

LISBON = ZoneInfo("Europe/Lisbon")
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
SIZES = {"s": {"en": "Small; short", "de": "Klein"}, "m": {"en": "Medium"}}
TAGS = ("new", "old", "sold")
TYPE = ElementType(
    key="thing",
    fields=(
        ElementField(key="name", kind="string", name={"en": "Full name", "de": "Name"}),
        ElementField(key="note", kind="text"),
        ElementField(key="pieces", kind="integer"),
        ElementField(key="weight", kind="decimal"),
        ElementField(key="price", kind="money"),
        ElementField(key="due", kind="date"),
        ElementField(key="at", kind="datetime"),
        ElementField(key="urgent", kind="boolean"),
        ElementField(key="size", kind="choice", choices=("s", "m"), choice_names=SIZES),
        ElementField(key="tags", kind="choices", choices=TAGS, choice_names={"old": {"de": "Alt"}}),
        ElementField(key="who", kind="person"),
        ElementField(key="phone", kind="phone"),
        ElementField(key="mail", kind="email"),
        ElementField(key="page", kind="url"),
        ElementField(key="counts", kind="integer", multiple=True),
        ElementField(key="phones", kind="phone", multiple=True),
    ),
)
KNOWLEDGE = Knowledge(
    types={"thing": TYPE},
    people={id_: Person(id=id_, name=id_.title()) for id_ in ("ann", "rui")},
    portals={"portal": Portal(zone="Europe/Lisbon", currency="GBP")},
)
KEYS = ("title", "responsible", *(field.key for field in TYPE.fields))
LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Cn"]) | st.sampled_from("\n\r\t\x0b=+-@'\",;|€")
# What stands around a text, and the guard of a formula, is the spreadsheet's.
TEXTS = st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(lambda text: text and meant(text) == text)
NUMBERS = st.decimals(-(10**13), 10**13, places=3) | st.decimals(-(10**15), 10**15, places=0)
PHONES = st.sampled_from(["+351912345678", "+442079460018"])
FILLED = {
    "name": TEXTS,
    "note": TEXTS,
    "pieces": st.integers(-(2**53), 2**53),
    "weight": NUMBERS.map(lambda number: f"{number:f}"),
    "price": st.builds(lambda number, of: f"{number:f} {of}", NUMBERS, st.sampled_from(["EUR", "USD", "JPY"])),
    "due": st.dates().map(date.isoformat),
    "at": st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  naive
        lambda at: at.replace(microsecond=0).isoformat()
    ),
    "urgent": st.booleans(),
    "size": st.sampled_from(["s", "m"]),
    "tags": st.sets(st.sampled_from(TAGS), min_size=1).map(sorted),
    "who": st.sampled_from(["ann", "rui"]),
    "phone": PHONES,
    "mail": st.just("ann@example.com"),
    "page": st.just("https://example.com/a?b=1;c=2,3"),
    "counts": st.lists(st.integers(-99, 99), min_size=1, max_size=3, unique=True),
    "phones": st.lists(PHONES, min_size=1, unique=True),
}
ITEMS = st.builds(
    lambda title, who, fields: Item(
        id=UUID(int=1), type="thing", version=1, entered_at=AT, created_at=AT, title=title, responsible=who,
        fields=fields,
    ),
    TEXTS,
    st.sampled_from([None, "ann"]),
    st.fixed_dictionaries({}, optional=FILLED),
)  # fmt: skip
SEVERAL = st.lists(ITEMS, min_size=1, max_size=3)


def cells(items: Sequence[Item], language: str) -> tuple[list[str], list[list[Cell]]]:
    """Give the headings of an export, and its rows."""
    columns = Columns(KNOWLEDGE, TYPE, Telling(language, LISBON)).chosen(KEYS)
    return [one.heading for one in columns], [[one.value(item, {}) for one in columns] for item in items]


def imported(content: bytes, headings: Sequence[str]) -> list[dict[str, Any]]:
    """Read a file again, each column as the field that it came from."""
    sheet = Sheet(content, How())
    asked = Import(file="0" * 64, type="thing", mapping=dict(zip(headings, KEYS, strict=True)))
    rows = RowReader(asked, sheet.columns, KNOWLEDGE)
    read = [rows.read(number, found) for number, found in sheet.rows()]
    assert [problem for _, problems in read for problem in problems] == []
    return [row.values for row, _ in read]


def workbook(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Give an export as XLSX."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export.xlsx")
        book = Workbook(path, "Things", headings)
        book.write(rows)
        book.close()
        return path.read_bytes()


def values(item: Item) -> dict[str, Any]:
    """Give all that an item holds."""
    who = {"responsible": item.responsible} if item.responsible else {}
    return {"title": item.title, **who, **item.fields}


def numbered(held: dict[str, Any]) -> dict[str, Any]:
    """Give values as a spreadsheet knows them: numbers without zeros behind them, moments by the clock on the wall."""
    known = dict(held)
    if "weight" in known:
        known["weight"] = Decimal(known["weight"])
    if "price" in known:
        amount, currency = known["price"].split()
        known["price"] = (Decimal(amount), currency)
    if "at" in known:
        known["at"] = moment(wall(datetime.fromisoformat(known["at"]), LISBON), LISBON)
    return known


@settings(max_examples=20, deadline=None)
@given(SEVERAL)
def test_what_is_made_up_here_is_in_normal_form(items: list[Item]) -> None:
    for item in items:
        assert read_fields(KNOWLEDGE, "thing", item.fields) == item.fields


@settings(max_examples=40, deadline=None)
@given(SEVERAL, st.sampled_from(["en", "de", "xx"]), st.booleans())
def test_a_csv_that_was_exported_is_imported_as_it_was(
    items: list[Item],
    language: str,
    bom: bool,  # noqa: FBT001  drawn
) -> None:
    headings, rows = cells(items, language)
    content = ((BOM if bom else "") + csv_rows([headings]) + csv_rows(rows)).encode()
    assert imported(content, headings) == [values(item) for item in items]


@settings(max_examples=15, deadline=None)
@given(SEVERAL, st.sampled_from(["en", "de"]))
def test_a_workbook_that_was_exported_is_imported_as_it_was(items: list[Item], language: str) -> None:
    headings, rows = cells(items, language)
    assert [numbered(read) for read in imported(workbook(headings, rows), headings)] == [
        numbered(values(item)) for item in items
    ]


@pytest.mark.parametrize("text", ["two\r\nlines", "a\x0bb", "a\ufffeb", "_x0041_", "_x000d", "<r>x</r>", "&amp;"])
def test_a_workbook_keeps_what_xml_cannot_hold(text: str) -> None:
    item = Item(id=UUID(int=1), type="thing", version=1, entered_at=AT, created_at=AT, title=text)
    headings, rows = cells([item], "en")
    assert imported(workbook(headings, rows), headings) == [{"title": text}]


@pytest.mark.parametrize(
    "number", ["9007199254740993", "-0.12345678901234567", "1" * 41, "0.1", "0.00000000000000000001"]
)
def test_a_workbook_keeps_all_digits_of_a_number_though_it_counts_in_binary(number: str) -> None:
    held = {"weight": number}
    item = Item(id=UUID(int=1), type="thing", version=1, entered_at=AT, created_at=AT, title="x", fields=held)
    headings, rows = cells([item], "en")
    [read] = imported(workbook(headings, rows), headings)
    assert numbered(read) == numbered({"title": "x", **held})


@pytest.mark.parametrize("at", ["2027-10-31T00:30:00+00:00", "2027-10-31T01:30:00+00:00", "2027-03-28T01:00:00+00:00"])
def test_a_csv_knows_both_hours_that_clocks_show_twice(at: str) -> None:
    item = Item(id=UUID(int=1), type="thing", version=1, entered_at=AT, created_at=AT, title="x", fields={"at": at})
    headings, rows = cells([item], "en")
    [read] = imported((csv_rows([headings]) + csv_rows(rows)).encode(), headings)
    assert read["at"] == at
