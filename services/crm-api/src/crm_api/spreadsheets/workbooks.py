"""Reads XLSX files row by row, behind guards: what would unpack into too much is refused before it is opened."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any
from xml.sax import SAXException

import openpyxl
from openpyxl.utils.escape import unescape
from openpyxl.utils.exceptions import InvalidFileException

from crm_api.fields import FieldError, storable

MAGIC = b"PK\x03\x04"
MOST_ENTRIES = 2_000
LARGEST_UNPACKED = 200 << 20
LARGEST_SHARED = 64 << 20  # the texts of all sheets are held in memory at once
HIGHEST_RATIO = 200
SMALL = 1 << 20
MOST_COLUMNS = 500
MOST_ROWS = 1_000_001
SHARED = "xl/sharedStrings.xml"
SHEETS = "xl/worksheets/"
# No workbook that a program writes declares entities. The library reads sheets and shared texts defused; the rest it
# reads by lxml where that is there, which takes declarations.
DECLARED = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
# A currency in the format of a number, as `#,##0.00 "EUR"` or `[$EUR-407]` has it.
CURRENCY = re.compile(r"\"([A-Z]{3})\"|\[\$([A-Z]{3})[-\]]")
UNREADABLE = (
    zipfile.BadZipFile,
    InvalidFileException,
    SyntaxError,  # what both parsers of the library raise for what is no XML
    SAXException,
    KeyError,
    ValueError,  # an entity that would grow is one, too
    TypeError,
    AttributeError,
    IndexError,
    NotImplementedError,
    EOFError,
    OSError,
    RuntimeError,
)
FIX = "save it again as XLSX, or as CSV"


class WorkbookFile:
    """An XLSX file; it is read as often as one likes, row by row."""

    encoding = ""
    delimiter = ""

    def __init__(self, content: bytes, *, sheet: str = "") -> None:
        self._content = content
        guard(content)
        self._sheet = sheet

    def rows(self) -> Iterator[list[Any]]:
        """Give the rows, the first of which names the columns; raises `FieldError` for what cannot be read."""
        with self._opened() as sheet:
            # What a file says of its own size is not relied on.
            sheet.reset_dimensions()
            for row in sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS):
                yield trimmed([value_of(cell) for cell in row])

    def count(self) -> int | None:
        """Give how many rows the file says that it has behind the first; None where it does not."""
        with self._opened() as sheet:
            said = sheet.max_row
        return said - 1 if said and 1 < said <= MOST_ROWS else None

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            book = openpyxl.load_workbook(io.BytesIO(self._content), read_only=True, data_only=True, keep_links=False)
            with closing(book):
                yield self._chosen(book)
        except FieldError:
            raise
        except UNREADABLE as error:
            raise FieldError("file", f"the workbook cannot be read: {error}", FIX) from None

    def _chosen(self, book: Any) -> Any:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        chosen = sheets.get(self._sheet) if self._sheet else next(iter(sheets.values()), None)
        if chosen is None:
            raise FieldError("sheet", f"there is no sheet {self._sheet!r}", f"use one of: {', '.join(sheets)}")
        return chosen


def guard(content: bytes) -> None:
    """Refuse a file that would unpack into too much, as it declares itself; raises `FieldError`.

    No entry gives more than it declares: reading it ends there, with an error.
    """
    entries = entries_of(content)
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED:
        problem = f"it would unpack into {len(entries)} parts of {unpacked} bytes"
        raise FieldError("file", problem, f"send at most {LARGEST_UNPACKED} bytes, or CSV")
    for entry in entries:
        if grows_too_much(entry):
            raise FieldError("file", f"its part {entry.filename!r} would grow too much", "send the rows as CSV")
    if declared := declaring(content, entries):
        raise FieldError("file", f"its part {declared!r} declares entities", FIX)


def declaring(content: bytes, entries: list[zipfile.ZipInfo]) -> str:
    """Name a part that declares entities, of those that the library reads as a whole; "" where none does."""
    whole = [
        entry for entry in entries if entry.filename.endswith((".xml", ".rels")) and not is_defused(entry.filename)
    ]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for entry in whole:
                part = packed.read(entry)
                if any(mark in part for mark in DECLARED):
                    return entry.filename
    except UNREADABLE as error:
        raise FieldError("file", f"the workbook cannot be read: {error}", FIX) from None
    return ""


def is_defused(part: str) -> bool:
    """Say whether the library reads a part defused: sheets and shared texts."""
    return part == SHARED or (part.startswith(SHEETS) and part.endswith(".xml"))


def entries_of(content: bytes) -> list[zipfile.ZipInfo]:
    """Give the parts of a file; raises `FieldError` where it is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return packed.infolist()
    except UNREADABLE as error:
        raise FieldError("file", f"the workbook cannot be read: {error}", FIX) from None


def grows_too_much(entry: zipfile.ZipInfo) -> bool:
    """Say whether a part is far larger than packed, or has more shared texts than should be held in memory."""
    too_dense = entry.file_size > max(SMALL, HIGHEST_RATIO * entry.compress_size)
    return too_dense or (entry.filename == SHARED and entry.file_size > LARGEST_SHARED)


def value_of(cell: Any) -> Any:
    """Give what a cell holds; an amount in a currency as `12.50 EUR`."""
    value = cell.value
    if isinstance(value, str):
        # What XML cannot hold, such as the end of a line of Windows, stands there as `_x000D_`.
        plain = unescape(value)
        return plain if storable(plain) else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = CURRENCY.search(cell.number_format or "")
        if found:
            return f"{Decimal(repr(value)):f} {found[1] or found[2]}"
    return value


def trimmed(row: list[Any]) -> list[Any]:
    """Give a row without the empty cells at its end."""
    while row and row[-1] is None:
        row.pop()
    return row
