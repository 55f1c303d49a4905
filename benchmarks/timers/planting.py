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

NOT_OF_ITEMS = {"config", "freshness", "clock", "outbox", "alembic_version", "tombstone", "announcement"}
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
Names = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one table, and what in each of its cells belongs to the deal that it was planned for."""

    table: str
    cells: tuple[tuple[Any, tuple[Any, ...]], ...]

    def renamed(self, names: Names) -> tuple[Any, ...]:
        """Give the row of another deal."""
        return tuple(renamed(cell, own, names) for cell, own in self.cells)


def renamed(cell: Any, own: tuple[Any, ...], names: Names) -> Any:
    """Give a cell with other names in it."""
    if not isinstance(cell, str | bytes):
        return names[cell] if own else cell
    for name in own:
        cell = cell.replace(name, names[name])
    return cell


@dataclass(frozen=True, slots=True)
class Sample:
    """One planned deal."""

    n: int
    step: int
    entered_at: datetime

    def names(self) -> list[Any]:
        """Give all that names this deal and its moments, in each form in which it may be written."""
        return list(named(self.step, self.n, self.n % len(shop.STAGES), self.entered_at))

    def copied(self, n: int, entered_at: datetime) -> Names:
        """Give what each name becomes for another deal."""
        told = named(self.step, n, self.n % len(shop.STAGES), entered_at)
        return dict(zip(self.names(), told, strict=True))


def named(step: int, n: int, stage: int, entered_at: datetime) -> Iterator[Any]:
    """Give the ids and moments of a deal, each as a value, as text and as bytes."""
    deal = shop.deal_id(n)
    rules = [UUID(shop.rule(step, shop.STAGES[stage], k)["id"]) for k in range(shop.RULES)]
    for one in (deal, shop.contact_id(n), *(execution_id(rule, deal, 1) for rule in rules)):
        yield from (one, str(one), str(one).encode(), one.bytes)
    for at in (entered_at, *(entered_at + shop.delay(step, k) for k in range(shop.RULES))):
        text = at.isoformat().replace("+00:00", "Z")
        yield from (at, text, text.encode())


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
    ids = {name for name in names if isinstance(name, UUID)}
    for table in await tables(scheduler):
        listed = ", ".join(f'"{name}"' for name in await columns(scheduler, table))
        for found in await scheduler.sql.fetch(f'SELECT {listed} FROM "{table}"'):
            if ids & {cell for cell in found if isinstance(cell, UUID)}:
                yield Row(table, tuple((cell, own(cell, names)) for cell in found))


def own(cell: Any, names: Iterable[Any]) -> tuple[Any, ...]:
    """Give the names that a cell holds."""
    return tuple(n for n in names if n == cell or (type(n) is type(cell) and isinstance(n, str | bytes) and n in cell))


async def clear(scheduler: Scheduler) -> None:
    """Empty all tables in which items have rows, and the outbox."""
    await scheduler.sql.execute(f"TRUNCATE {', '.join(await tables(scheduler))}, outbox")


async def plant(
    scheduler: Scheduler, samples: list[tuple[Sample, list[Row]]], numbers: Iterable[int], entered_at: Planted
) -> None:
    """Write the rows of these deals, as if each had entered at its moment."""
    of = {table: await columns(scheduler, table) for table in {row.table for _, found in samples for row in found}}
    for some in batched(numbers, AT_ONCE):
        written: dict[str, list[tuple[Any, ...]]] = {table: [] for table in of}
        for n in some:
            sample, found = samples[n % len(samples)]
            names = sample.copied(n, entered_at(n))
            for row in found:
                written[row.table].append(row.renamed(names))
        for table, records in written.items():
            await scheduler.sql.copy_records_to_table(table, records=records, columns=of[table], timeout=600)


def batched(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    """Give numbers in batches."""
    left = iter(numbers)
    while some := list(itertools.islice(left, size)):
        yield some
