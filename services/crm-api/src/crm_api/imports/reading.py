"""The rows of an import as they are read: forward only, kept open between chunks, found again after a crash."""

import itertools
from collections.abc import Iterator
from typing import Any

from crm_api.background.jobs import Chunk, JobImpossible
from crm_api.files import File
from crm_api.imports.asked import Written
from crm_api.spreadsheets.reading import How, Sheet
from crm_api.store import files

# So many rows are skipped in one chunk when a file is found again: reading them must not hold a transaction open long.
MOST_SKIPPED = 20_000
Numbered = tuple[int, list[Any]]


def sheet_of(file: File, written: Written) -> Sheet:
    """Open the sheet of a file; raises `FieldError` for what cannot be read."""
    return Sheet(file.content, How(written.encoding, written.delimiter, written.sheet))


class Reading:
    """An open file: `at` is the number of the last row that was taken; the first row names the columns."""

    def __init__(self, sheet: Sheet) -> None:
        self.columns = sheet.columns
        self.at = 1
        self._rows: Iterator[Numbered] = sheet.rows()

    def skip(self, to: int) -> bool:
        """Skip rows up to a number, or as many as one chunk may; gives whether it is there."""
        if self.at >= to:
            # Nothing is looked at and put back: that would grow with each chunk.
            return True
        for number, cells in itertools.islice(self._rows, MOST_SKIPPED):
            if number > to:
                self._rows = itertools.chain([(number, cells)], self._rows)
                return True
            self.at = number
        return self.at >= to

    def take(self, most: int) -> list[Numbered]:
        """Give the next rows."""
        taken = list(itertools.islice(self._rows, most))
        self.at = taken[-1][0] if taken else self.at
        return taken


async def reading_of(chunk: Chunk, written: Written, at: int) -> Reading:
    """Give the file as this process has it open, not behind a row, else from its beginning."""
    reading = chunk.memory.get("reading")
    if isinstance(reading, Reading) and reading.at <= at:
        return reading
    file = await files.load(chunk.tx, written.file)
    if file is None:
        raise JobImpossible("the file is not kept any more; put it to /v1/files again and begin anew")
    opened = chunk.memory["reading"] = Reading(sheet_of(file, written))
    return opened
