"""Writes rows as CSV (RFC 4180) or as XLSX, each in as much memory as a few rows need."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from contracts.money import Money

from crm_api.spreadsheets.cells import Cell, text_of
from crm_api.spreadsheets.defusing import defused

BOM = "\ufeff"
MOST_SHEET_ROWS = 1_000_000
# A spreadsheet keeps numbers in binary: what has more digits is written as text, so that none is lost.
MOST_DIGITS = 15
FIRST_YEAR = 1900
LONGEST_CELL = 32_767


def csv_rows(rows: Iterable[Sequence[Cell]]) -> str:
    """Write rows as a part of a CSV file; texts that would be formulas are defused."""
    written = io.StringIO()
    csv.writer(written).writerows([csv_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def csv_cell(cell: Cell) -> str:
    """Give a cell of a CSV file: numbers, dates and money as they are, any other text without danger."""
    return defused(cell) if isinstance(cell, str) else text_of(cell)


class Workbook:
    """An XLSX file that grows row by row; it is whole when it is closed. Texts are never formulas or links."""

    def __init__(self, path: Path, name: str, headings: Sequence[str]) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self._name = name
        self._headings = headings
        self._bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._amounts: dict[str, Any] = {}
        self._begin(1)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows; behind a million of them a further sheet begins."""
        for row in rows:
            if self._row > MOST_SHEET_ROWS:
                self._begin(self._sheets + 1)
            for column, cell in enumerate(row):
                self._put(column, cell)
            self._row += 1

    def close(self) -> None:
        """Write the rest."""
        self._book.close()

    def _begin(self, number: int) -> None:
        self._sheets = number
        self._sheet = self._book.add_worksheet(self._name if number == 1 else f"{self._name} {number}")
        self._sheet.freeze_panes(1, 0)
        for column, heading in enumerate(self._headings):
            self._sheet.write_string(0, column, plain(heading), self._bold)
        self._row = 1

    def _put(self, column: int, cell: Cell) -> None:
        at = self._row, column
        match cell:
            case None | "":
                pass
            case bool():
                self._sheet.write_boolean(*at, cell)
            case int() | Decimal() if fits(cell):
                self._sheet.write_number(*at, cell)
            case Money() if fits(cell.amount):
                self._sheet.write_number(*at, cell.amount, self._amount(cell.currency))
            case datetime() if cell.year >= FIRST_YEAR:
                self._sheet.write_datetime(*at, cell.replace(tzinfo=None), self._moment)
            case date() if cell.year >= FIRST_YEAR:
                self._sheet.write_datetime(*at, cell, self._day)
            case _:
                self._sheet.write_string(*at, plain(text_of(cell)))

    def _amount(self, currency: str) -> Any:
        if currency not in self._amounts:
            self._amounts[currency] = self._book.add_format({"num_format": f'#,##0.00 "{currency}"'})
        return self._amounts[currency]


def fits(number: int | Decimal) -> bool:
    """Say whether a spreadsheet keeps all digits of a number."""
    return len(Decimal(number).as_tuple().digits) <= MOST_DIGITS


def plain(text: str) -> str:
    """Give a text that the library takes for nothing else: what looks like its marked-up text gets a space behind."""
    shortened = text[:LONGEST_CELL]
    return f"{shortened[: LONGEST_CELL - 1]} " if shortened.startswith("<r>") else shortened
