"""Many timers from few: a deal of each stage is planned by the real `consume`, then its rows are multiplied.

The rows of a planned deal are read as they stand, in whatever shape, and written again under other ids and moments.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.ids import execution_id
from contracts.items import ItemStageChanged
from contracts.rules import RuleSetRef

from benchmarks.timers import shop
from benchmarks.timers.scheduler import Scheduler

NOT_OF_ITEMS = {
    "config",
    "freshness",
    "clock",
    "outbox",
    "alembic_version",
    "tombstone",
    "announcement",
    "sweep",
    "succession",
}
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1"
    " AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY ordinal_position"
)
PLANNED = "SELECT count(*) >= $2::int FROM execution WHERE item = ANY($1::uuid[])"
AT_ONCE = 5_000
# Far from all numbers of the copies.
FIRST_SAMPLE = 900_000_000

Planted = Callable[[int], datetime]
# A name of a deal's: which of its things, and in which form.
Place = tuple[int, str]
FORMS: dict[str, Callable[[Any], Any]] = {
    "value": lambda one: one,
    "text": lambda one: str(one) if isinstance(one, UUID) else one.isoformat().replace("+00:00", "Z"),
    "bytes": lambda one: FORMS["text"](one).encode(),
    "raw": lambda one: one.bytes if isinstance(one, UUID) else FORMS["bytes"](one),
}


class Names(dict[Place, Any]):
    """The ids and moments of one deal, in each form in which they are asked for."""

    def __init__(self, step: int, n: int, stage: int, entered_at: datetime) -> None:
        deal = shop.deal_id(n)
        executions = [execution_id(rule, deal, 1) for rule in shop.rule_ids(step, stage)]
        moments = [entered_at, *(entered_at + shop.delay(step, k) for k in range(shop.RULES))]
        self.things: list[UUID | datetime] = [deal, shop.contact_id(n), *executions, *moments]

    def __missing__(self, place: Place) -> Any:
        """Write a name as it is asked for the first time."""
        thing, form = place
        name = self[place] = FORMS[form](self.things[thing])
        return name

    def whole(self) -> dict[Place, Any]:
        """Give every name in every form."""
        return {(n, form): self[n, form] for n in range(len(self.things)) for form in FORMS}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one table, and what in each of its cells belongs to the deal that it was planned for."""

    table: str
    cells: tuple[tuple[Any, tuple[tuple[Any, Place], ...]], ...]

    def renamed(self, names: Names) -> tuple[Any, ...]:
        """Give the row of another deal."""
        return tuple(renamed(cell, own, names) if own else cell for cell, own in self.cells)


def renamed(cell: Any, own: Iterable[tuple[Any, Place]], names: Names) -> Any:
    """Give a cell with other names in it."""
    for old, place in own:
        cell = cell.replace(old, names[place]) if isinstance(cell, str | bytes) else names[place]
    return cell


@dataclass(frozen=True, slots=True)
class Sample:
    """One planned deal."""

    n: int
    step: int
    entered_at: datetime

    @property
    def stage(self) -> int:
        """Give the number of its stage."""
        return self.n % len(shop.STAGES)

    def names(self) -> dict[Place, Any]:
        """Give all that names this deal and its moments."""
        return Names(self.step, self.n, self.stage, self.entered_at).whole()


async def sampled(scheduler: Scheduler, step: int) -> list[tuple[Sample, list[Row]]]:
    """Plan a deal of each stage through Kafka and `consume`, and read its rows."""
    await scheduler.gate(opened=True)
    async with scheduler.running("consume"):
        await scheduler.publish(step)
        samples = [
            Sample(FIRST_SAMPLE + n, step, datetime.now(UTC).replace(microsecond=123_457 + n) + timedelta(days=30))
            for n in range(len(shop.STAGES))
        ]
        await scheduler.send([scheduler.announcement(entry(s, scheduler.revision)) for s in samples])
        wanted = [shop.deal_id(s.n) for s in samples]
        async with asyncio.timeout(60):
            await scheduler.until(PLANNED, wanted, len(samples) * shop.RULES)
    found = [(sample, [row async for row in rows(scheduler, sample)]) for sample in samples]
    await scheduler.gate(opened=False)
    await clear(scheduler)
    return found


def entry(sample: Sample, config: int) -> ItemStageChanged:
    """Make the event of a deal's entry."""
    made = shop.deal(sample.step, sample.n, sample.entered_at)
    linked = (shop.contact(sample.n, sample.entered_at),)
    ref = RuleSetRef(pipeline=made.pipeline, number=1)
    return ItemStageChanged(item=made, linked=linked, config=config, rule_set=ref)


async def tables(scheduler: Scheduler) -> list[str]:
    """Give the tables in which items have rows."""
    return [row[0] for row in await scheduler.sql.fetch(TABLES) if row[0] not in NOT_OF_ITEMS]


async def columns(scheduler: Scheduler, table: str) -> list[str]:
    """Give the columns of a table that are written."""
    return [row[0] for row in await scheduler.sql.fetch(COLUMNS, table)]


async def rows(scheduler: Scheduler, sample: Sample) -> Any:
    """Read all rows that name a deal, its contact or its executions."""
    names = sample.names()
    ids = {name for name in names.values() if isinstance(name, UUID)}
    for table in await tables(scheduler):
        listed = ", ".join(f'"{name}"' for name in await columns(scheduler, table))
        for found in await scheduler.sql.fetch(f'SELECT {listed} FROM "{table}"'):
            if ids & {cell for cell in found if isinstance(cell, UUID)}:
                yield Row(table, tuple((cell, own(cell, names)) for cell in found))


def own(cell: Any, names: dict[Place, Any]) -> tuple[tuple[Any, Place], ...]:
    """Give the names that a cell holds, each once."""
    # The driver has a class of its own for UUIDs.
    alike = [(name, place) for place, name in names.items() if isinstance(cell, type(name))]
    held = {name: place for name, place in alike if name == cell or (isinstance(name, str | bytes) and name in cell)}
    return tuple(held.items())


async def clear(scheduler: Scheduler) -> None:
    """Empty all tables in which items have rows, and the outbox; queues keep their files, as they do in production."""
    queues = {"timer", "outbox"}
    await scheduler.sql.execute(f"TRUNCATE {', '.join(set(await tables(scheduler)) - queues)}")
    for queue in queues:
        await scheduler.sql.execute(f"DELETE FROM {queue}")


async def plant(
    scheduler: Scheduler, samples: list[tuple[Sample, list[Row]]], numbers: Iterable[int], entered_at: Planted | None
) -> None:
    """Write the rows of these deals, as if each had entered at its moment, or when the planned one had."""
    of = {table: await columns(scheduler, table) for table in {row.table for _, found in samples for row in found}}
    for some in batched(numbers, AT_ONCE):
        written: dict[str, list[tuple[Any, ...]]] = {table: [] for table in of}
        for n in some:
            sample, found = samples[n % len(samples)]
            at = entered_at(n) if entered_at else sample.entered_at
            names = Names(sample.step, n, sample.stage, at)
            for row in found:
                written[row.table].append(row.renamed(names))
        for table, records in written.items():
            await scheduler.sql.copy_records_to_table(table, records=records, columns=of[table], timeout=600)


def batched(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    """Give numbers in batches."""
    left = iter(numbers)
    while some := list(itertools.islice(left, size)):
        yield some
