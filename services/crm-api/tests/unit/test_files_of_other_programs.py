"""Files as other programs leave them: in the encoding that somebody says, with gaps, without names, too long."""

import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from crm_api.fields import FieldError
from crm_api.spreadsheets import reading
from crm_api.spreadsheets.csv_files import CsvFile
from crm_api.spreadsheets.reading import How, Sheet
from crm_api.spreadsheets.workbooks import value_of

TEXT = "Név;Város\nÁrpád;Győr\n"
LATIN = "Straße;Preis\nKönigsallee;7\n"


@pytest.mark.parametrize(
    ("said", "text", "written"),
    [
        ("utf-8", TEXT, "utf-8"),
        ("utf-8", TEXT, "utf-8-sig"),
        ("UTF8", TEXT, "utf-8-sig"),
        ("utf-8-sig", TEXT, "utf-8"),
        ("utf-16", TEXT, "utf-16"),
        ("utf-16", TEXT, "utf-16-le"),
        ("utf_16", TEXT, "utf-16-be"),
        ("utf-16-le", TEXT, "utf-16-le"),
        ("utf-16-le", TEXT, "utf-16"),
        ("utf-16-be", TEXT, "utf-16-be"),
        ("utf-32", TEXT, "utf-32"),
        ("utf-32", TEXT, "utf-32-le"),
        ("UTF-32", TEXT, "utf-32-be"),
        ("latin1", LATIN, "latin-1"),
        ("cp1250", TEXT, "cp1250"),
        ("Windows-1252", LATIN, "cp1252"),
    ],
)
def test_a_file_is_read_in_the_encoding_that_is_said_with_and_without_a_mark(
    said: str, text: str, written: str
) -> None:
    sheet = Sheet(text.encode(written), How(encoding=said, delimiter=";"))
    assert [list(sheet.columns), *(row for _, row in sheet.rows())] == [line.split(";") for line in text.splitlines()]
    assert sheet.file.count() == 1


@pytest.mark.parametrize("said", ["utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "hex", "a\0b", "\ud800"])
def test_what_is_no_encoding_of_files_is_refused(said: str) -> None:
    with pytest.raises(FieldError) as refused:
        Sheet(b"a,b\n1,2\n", How(encoding=said))
    assert (refused.value.field, "utf-8" in refused.value.fix) == ("encoding", True)


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("a;b;c\n1,5;2,5;3,5\n", ";"),
        ("a,b\n1;2;3,4\n", ","),
        ("a;b\n1;2\n3;4\n5,6,7\n", ";"),
        ("name\nOak, Ash\nElm\n", ","),
        ('a|b\n"x|y"|z\n', "|"),
        ("a\tb\n1, 2\t3; 4\n", "\t"),
        ("\n\na;b\n1;2\n", ";"),
    ],
)
def test_the_sign_between_cells_is_the_one_that_cuts_most_evenly(content: str, delimiter: str) -> None:
    assert CsvFile(content.encode()).delimiter == delimiter


def rows_of(content: str) -> list[tuple[int, list[Any]]]:
    return list(Sheet(content.encode(), How(delimiter=",")).rows())


def test_very_many_empty_rows_are_the_end_and_fewer_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_EMPTY", 5)
    assert rows_of("a\n" + "\n" * 4 + "x\n" + "\n" * 4 + "y\n") == [(6, ["x"]), (11, ["y"])]
    assert rows_of("a\nx\n" + "\n" * 9 + "y\n") == [(2, ["x"])]


def test_a_file_has_so_many_rows_and_so_many_columns_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    monkeypatch.setattr(reading, "MOST_COLUMNS", 2)
    assert [number for number, _ in rows_of("a,b\n1\n2\n3\n")] == [2, 3, 4]
    for content, words in (("a\n1\n2\n3\n4\n", "more than 3 rows"), ("a,b,c\n", "it has 3 columns")):
        with pytest.raises(FieldError, match=words):
            rows_of(content)


def test_columns_are_called_without_what_stands_around_their_names_and_several_have_none() -> None:
    assert Sheet(b" Name ,,\tCity,,\n1,2,3\n", How(delimiter=",")).columns == ("Name", "", "City", "", "")
    with pytest.raises(FieldError, match="several columns are called 'Name'"):
        Sheet(b"Name,City, Name\n", How())


def test_a_row_of_a_workbook_with_nothing_but_a_nought_or_a_no_is_a_row() -> None:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in (["a", "b"], [0], [None, ""], [None, False], [None]):
        book.worksheets[0].append(row)
    book.save(content)
    assert list(Sheet(content.getvalue(), How()).rows()) == [(2, [0]), (4, [None, False])]


@pytest.mark.parametrize(
    ("value", "written_as", "read"),
    [
        (12.5, '#,##0.00 "EUR"', "12.5 EUR"),
        (3, "[$USD-409]#,##0.00", "3 USD"),
        (1e21, '0 "EUR"', "1000000000000000000000 EUR"),
        (0.1, '"JPY"', "0.1 JPY"),
        (3, "[$€-407]#,##0.00", 3),
        (3, "General", 3),
        (True, '#,##0.00 "EUR"', True),
        (None, '#,##0.00 "EUR"', None),
        ("5", '#,##0.00 "EUR"', "5"),
        ("two_x000D_\nlines", "", "two\r\nlines"),
        # Half of a letter is none: no field keeps it, and no answer can tell it.
        ("_xD83D_", "", "_xD83D_"),
    ],
)
def test_a_cell_of_a_workbook_holds_its_text_or_its_amount(value: Any, written_as: str, read: Any) -> None:
    found = value_of(SimpleNamespace(value=value, number_format=written_as))
    assert (found, type(found)) == (read, type(read))
