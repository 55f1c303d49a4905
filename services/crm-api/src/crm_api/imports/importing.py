"""One chunk of an import: the next rows are read, written together, and counted; the bad ones are told one by one."""

from collections.abc import Sequence
from datetime import timedelta

import asyncpg
from chassis.errors import Rejected

from crm_api.access.rights import Forbidden
from crm_api.background.jobs import Chunk, RowProblem, Step
from crm_api.fields import FieldError
from crm_api.imports.asked import Import
from crm_api.imports.reading import Numbered, reading_of
from crm_api.imports.rows import Row, RowReader
from crm_api.imports.trying import Tried
from crm_api.imports.writing import Outcome, Writing
from crm_api.record.items import ItemGone, ItemUnknown

KIND = "import"
CHUNK = 200
# A throttled import writes a few rows together, this often a second.
BEATS = 4
REFUSED = (FieldError, Forbidden, Rejected, ItemGone, ItemUnknown, asyncpg.DataError)


class DryRun(Exception):
    """Undoes what was only tried; `outcome` is what would have become of the rows."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


async def import_rows(chunk: Chunk) -> Step:
    """Import the next rows of a file."""
    asked = Import.model_validate(chunk.job.params)
    at: int = chunk.job.cursor.get("row", 1)
    reading = await reading_of(chunk, asked, at)
    if not reading.skip(at):
        return Step({"row": at}, more=True)
    rate = asked.rate
    size = CHUNK if rate is None else max(1, min(CHUNK, int(rate / BEATS)))
    taken = reading.take(size)
    importing = Importing(chunk, RowReader(asked, reading.columns, chunk.knowledge))
    await importing.run(taken)
    if asked.dry_run:
        chunk.memory.setdefault("tried", Tried()).settle(importing.outcome, importing.reader)
    more = len(taken) == size
    return Step(
        cursor={"row": reading.at},
        more=more,
        done=len(taken),
        total=None if more else chunk.job.done + len(taken),
        counts=importing.outcome.counts,
        problems=importing.outcome.problems,
        wait=timedelta(seconds=len(taken) / rate if rate else 0),
    )


class Importing:
    """Some rows on their way into the record."""

    def __init__(self, chunk: Chunk, reader: RowReader) -> None:
        self.chunk = chunk
        self.reader = reader
        self.outcome = Outcome()

    async def run(self, numbered: Sequence[Numbered]) -> None:
        """Read rows and write those that can be read."""
        rows: list[Row] = []
        for number, cells in numbered:
            row, problems = self.reader.read(number, cells)
            if problems:
                self.outcome.refuse(problems)
            else:
                rows.append(row)
        if rows:
            await self._write(rows)

    async def _write(self, rows: Sequence[Row]) -> None:
        """Write rows together; where something is refused, by halves, until it is known which row it is."""
        try:
            async with self.chunk.tx.part() as part:
                outcome = await Writing(self.chunk, self.reader, part).write(rows)
                if self.reader.asked.dry_run:
                    await part.finish()
                    raise DryRun(outcome)  # noqa: TRY301  it undoes the part
        except DryRun as tried:
            self.outcome.add(tried.outcome)
        except REFUSED as error:
            if len(rows) == 1:
                self.outcome.refuse([self._problem(rows[0], error)])
                return
            middle = len(rows) // 2
            await self._write(rows[:middle])
            await self._write(rows[middle:])
        else:
            self.outcome.add(outcome)

    def _problem(self, row: Row, error: Exception) -> RowProblem:
        if isinstance(error, FieldError):
            column = self.reader.column_of(error.field.removeprefix("fields."))
            return RowProblem(row.number, column, error.problem, error.fix)
        fix = error.fix if isinstance(error, Forbidden) else "look at the row"
        return RowProblem(row.number, "", str(error), fix)
