"""Reads rows from a file, CSV or XLSX: the first names the columns, each further one has its number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crm_api.fields import FieldError
from crm_api.spreadsheets.csv_files import CsvFile
from crm_api.spreadsheets.workbooks import MAGIC, WorkbookFile

MOST_ROWS = 1_000_000
MOST_COLUMNS = 500
# A sheet may say of its last row that it is the millionth: the empty ones before it are not read.
MOST_EMPTY = 10_000


@dataclass(frozen=True, slots=True)
class How:
    """How a file is read; what is empty is found out. `sheet` is the name of one of a workbook's."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


class Sheet:
    """The rows of a file; raises `FieldError` for a file that cannot be read."""

    def __init__(self, content: bytes, how: How) -> None:
        self.file = (
            WorkbookFile(content, sheet=how.sheet)
            if content.startswith(MAGIC)
            else CsvFile(content, encoding=how.encoding, delimiter=how.delimiter)
        )
        self.columns = self._columns()

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Give each row behind the first with its number; empty ones are left out, very many of them are the end."""
        last = 1
        for number, row in enumerate(self.file.rows(), 1):
            if number > MOST_ROWS + 1:
                raise FieldError("file", f"it has more than {MOST_ROWS} rows", "send it in parts")
            if number - last > MOST_EMPTY:
                return
            if number > 1 and any(cell not in (None, "") for cell in row):
                last = number
                yield number, row

    def _columns(self) -> tuple[str, ...]:
        first: list[Any] = next(iter(self.file.rows()), [])
        columns = tuple("" if cell is None else str(cell).strip() for cell in first)
        if not any(columns):
            raise FieldError("file", "its first row is empty", "let the first row name the columns")
        if len(columns) > MOST_COLUMNS:
            raise FieldError("file", f"it has {len(columns)} columns", f"send at most {MOST_COLUMNS}")
        twice = sorted({name for name in columns if name and columns.count(name) > 1})
        if twice:
            raise FieldError("file", f"several columns are called {twice[0]!r}", "give each column a name of its own")
        return columns
