"""Spreadsheets: encodings are found, bombs are refused, formulas are defused, and what was written is read again."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from contracts.money import Money
from crm_api.fields import FieldError
from crm_api.spreadsheets.cells import Cell
from crm_api.spreadsheets.defusing import defused, meant
from crm_api.spreadsheets.reading import How, Sheet
from crm_api.spreadsheets.workbooks import MOST_ENTRIES, WorkbookFile, guard
from crm_api.spreadsheets.writing import Workbook, csv_rows
from hypothesis import given
from hypothesis import strategies as st

# ruff: noqa: RUF001  letters of other alphabets look like Latin ones
TEXTS = {
    "utf-8": "Name;Straße\nMüller;Königsallee\n",
    "utf-8-sig": "Name;Straße\nMüller;Königsallee\n",
    "utf-16": "Név;Város\nÁrpád;Győr\n",
    "utf-16-le": "Name;City\nAnn;Porto\n",
    "utf-16-be": "Name;City\nAnn;Porto\n",
    "utf-32": "Name;City\nAnn;Porto\n",
    "cp1252": "Name;Straße;Preis\nMüller;Königsallee 3;12,50 €\nGonçalves;São João;7\n",
    "cp1251": "Имя;Город\nИван Петров;Москва\nАнна;Санкт-Петербург\n",
    "cp1250": "Jméno;Město\nŽofie Dvořáková;Plzeň\nJiří Šťastný;České Budějovice\n",
    "cp1253": "Όνομα;Πόλη\nΓιώργος Παπαδόπουλος;Αθήνα\n",
    "shift_jis": "名前;都市\n田中太郎;東京\n鈴木花子;大阪\n",
    "gb18030": "姓名;城市\n王小明;北京\n李华;上海\n",
}


def rows_of(content: bytes, **how: str) -> list[list[Any]]:
    sheet = Sheet(content, How(**how))
    return [list(sheet.columns), *(row for _, row in sheet.rows())]


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_file_that_says_no_encoding_is_read_as_it_was_written(encoding: str) -> None:
    content = TEXTS[encoding].encode(encoding)
    assert rows_of(content) == [line.split(";") for line in TEXTS[encoding].splitlines()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_sign_between_cells_is_found_though_others_stand_in_the_texts(delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([["a", "b", "c"], ["1,5; 2|3", "x\ty", "two\nlines"]])
    assert rows_of(written.getvalue().encode()) == [["a", "b", "c"], ["1,5; 2|3", "x\ty", "two\nlines"]]


def test_rows_keep_the_numbers_that_people_see_and_empty_ones_are_left_out() -> None:
    sheet = Sheet(b"a,b\n1,2\n,\n\n3,4\n", How())
    assert list(sheet.rows()) == [(2, ["1", "2"]), (5, ["3", "4"])]


@pytest.mark.parametrize(
    ("content", "how", "field"),
    [
        (b"", {}, "file"),
        (b",,\n1,2\n", {}, "file"),
        (b"a,a\n1,2\n", {}, "file"),
        (b"a\n\xff\n", {"encoding": "utf-8"}, "encoding"),
        (b"a\n", {"encoding": "rot13"}, "encoding"),
        (b"a\n", {"encoding": "klingon"}, "encoding"),
        (b'a,b\n"' + b"x" * 200_000, {}, "file"),
        (b"PK\x03\x04 no workbook", {}, "file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", {}, "file"),
    ],
)
def test_what_is_no_table_is_refused_with_words(content: bytes, how: dict[str, str], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        rows_of(content, **how)
    assert refused.value.field == field


def packed(parts: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return written.getvalue()


def workbook(rows: list[list[Any]], sheet: str = "Rows") -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].title = sheet
    for row in rows:
        book.worksheets[0].append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: packed({"xl/worksheets/sheet1.xml": b" " * (50 << 20)}),
        lambda: packed({f"xl/{n}.xml": b"" for n in range(MOST_ENTRIES + 1)}),
        lambda: workbook([["a"]]).replace(b"xl/workbook.xml", b"xl/workboom.xml"),
        lambda: workbook([["a"]])[:-60],
    ],
    ids=["one dense part", "very many parts", "a part is missing", "cut off"],
)
def test_a_workbook_that_would_grow_or_is_broken_is_refused(bomb: Callable[[], bytes]) -> None:
    with pytest.raises(FieldError) as refused:
        list(WorkbookFile(bomb()).rows())
    assert refused.value.field == "file"


def changed(content: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """Give a workbook with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts = {entry: file.read(entry) for entry in file.namelist()}
    parts[name] = change(parts[name].decode()).encode()
    return packed(parts)


def test_entities_that_grow_are_never_read() -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        bomb = changed(workbook([["a"], ["x"]]), part, lambda xml: entities + xml.split("?>", 1)[-1])
        with pytest.raises(FieldError):
            list(WorkbookFile(bomb).rows())


def test_a_part_that_is_no_xml_is_refused_in_words() -> None:
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"):
        broken = changed(workbook([["a"], ["x"]]), part, lambda xml: xml[: len(xml) // 2])
        with pytest.raises(FieldError, match="cannot be read"):
            list(WorkbookFile(broken).rows())


def test_a_cell_at_the_far_end_of_a_sheet_is_not_waded_to() -> None:
    def far(xml: str) -> str:
        return xml.replace('r="A2"', 'r="XFD1048576"').replace('<row r="2"', '<row r="1048576"')

    content = changed(workbook([["a"], ["x"]]), "xl/worksheets/sheet1.xml", far)
    assert rows_of(content) == [["a"]]


def test_a_sheet_is_chosen_by_its_name() -> None:
    assert rows_of(workbook([["a"], [1]], "First"), sheet="First") == [["a"], [1]]
    with pytest.raises(FieldError, match="use one of: First"):
        rows_of(workbook([["a"]], "First"), sheet="Second")
    guard(workbook([["a"]]))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
def test_no_text_of_a_csv_begins_like_a_formula_and_each_is_read_as_it_was_meant(text: str) -> None:
    written = defused(text)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert meant(written) == text or text.startswith("'")


def test_a_csv_keeps_numbers_and_defuses_texts() -> None:
    row: list[Cell] = [
        "=1+1",
        Decimal(-5),
        Money(Decimal("-5.00"), "EUR"),
        -3,
        True,
        date(2026, 1, 2),
        None,
        'say "x", y',
    ]
    assert csv_rows([row]) == '\'=1+1,-5,-5.00 EUR,-3,true,2026-01-02,,"say ""x"", y"\r\n'


def test_a_workbook_that_we_write_reads_back_with_its_types(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = Workbook(path, "Deals", ["Text", "Sum", "Day", "At", "Yes", "Large"])
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    book.write([["=1+1", Money(Decimal("12.50"), "USD"), date(2026, 1, 2), at, True, Decimal("1234567890.123456789")]])
    book.write([["<r><t>no markup</t></r>", None, date(1850, 1, 1), None, False, 7]])
    book.close()
    _, first, second = WorkbookFile(path.read_bytes()).rows()
    day = datetime(2026, 1, 2)  # noqa: DTZ001  a spreadsheet knows no zones
    assert first == ["=1+1", "12.5 USD", day, at.replace(tzinfo=None), True, "1234567890.123456789"]
    assert second == ["<r><t>no markup</t></r> ", None, "1850-01-01", None, False, 7]
