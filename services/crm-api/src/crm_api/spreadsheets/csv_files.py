"""Reads CSV files as people's programs write them: any common encoding, any usual sign between the cells."""

import csv
import io
from collections.abc import Iterator

from crm_api.fields import FieldError
from crm_api.spreadsheets.encodings import encoding_of

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_ROWS = 20
LONGEST_CELL = 100_000
csv.field_size_limit(LONGEST_CELL)


class CsvFile:
    """A CSV file; it is read as often as one likes, row by row."""

    def __init__(self, content: bytes, *, encoding: str = "", delimiter: str = "") -> None:
        self._content = content
        self.encoding = encoding_of(content, encoding)
        self.delimiter = delimiter or self._sniffed()

    def rows(self) -> Iterator[list[str]]:
        """Give the rows, the first of which names the columns; raises `FieldError` for one that cannot be read."""
        yield from self._rows(self.delimiter)

    def count(self) -> int | None:
        """Count the rows behind the first."""
        return max(0, sum(1 for _ in self.rows()) - 1)

    def _rows(self, delimiter: str) -> Iterator[list[str]]:
        text = io.TextIOWrapper(io.BytesIO(self._content), encoding=self.encoding, newline="")
        rows = csv.reader(text, delimiter=delimiter)
        try:
            yield from rows
        except csv.Error as error:
            raise FieldError("file", f"line {rows.line_num}: {error}", "look at its quotation marks") from None

    def _sniffed(self) -> str:
        """Give the sign that cuts the first rows most evenly into most cells."""
        return max(DELIMITERS, key=self._fitness)

    def _fitness(self, delimiter: str) -> tuple[int, int]:
        widths: list[int] = []
        try:
            for row, _ in zip(self._rows(delimiter), range(SAMPLE_ROWS), strict=False):
                if row:
                    widths.append(len(row))
        except FieldError:
            return (0, 0)
        width = widths[0] if widths else 0
        return (sum(1 for w in widths if w == width) if width > 1 else 0, width)
