"""A loop that takes the same records from Kafka and writes the rows that planning wrote, and decides nothing."""

import asyncio
import gc
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer
from chassis.consumer import BATCH
from chassis.migrations import migrate
from contracts import topics
from contracts.ids import execution_id
from rule_scheduler.main import VERSIONS

from benchmarks.timers import shop
from benchmarks.timers.draining import STEP, Drained
from benchmarks.timers.planting import columns, tables
from benchmarks.timers.processor import Meter
from benchmarks.timers.scheduler import Scheduler

TYPES = (
    "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = $1::regclass AND attname = ANY($2)"
    " ORDER BY array_position($2, attname::text)"
)
OUTBOX = (
    "INSERT INTO outbox (bucket, topic, messages, body, created_at)"
    " SELECT b, 'automation.executions', 1, d, now() FROM unnest($1::smallint[], $2::bytea[]) AS u(b, d)"
)


class Named(msgspec.Struct):
    """As much of an event as the loop needs."""

    id: str


class Event(msgspec.Struct):
    """An event about an item."""

    item: Named


@dataclass
class Bare:
    """The rows of each deal by table, and the statements that insert them."""

    scheduler: Scheduler
    meter: Meter
    rows: dict[str, dict[UUID, list[tuple[Any, ...]]]] = field(default_factory=dict)
    inserts: dict[str, str] = field(default_factory=dict)

    async def read(self, numbers: range) -> None:
        """Read the rows that planning wrote for these deals."""
        owners = dict(pair for n in numbers for pair in named(n))
        for table in await tables(self.scheduler):
            listed = await columns(self.scheduler, table)
            quoted = ", ".join(f'"{name}"' for name in listed)
            mine: dict[UUID, list[tuple[Any, ...]]] = {}
            for row in await self.scheduler.sql.fetch(f'SELECT {quoted} FROM "{table}"', timeout=600):
                for deal in {owners[cell] for cell in row if isinstance(cell, UUID) and cell in owners}:
                    mine.setdefault(deal, []).append(tuple(row))
            if mine:
                self.rows[table] = mine
                types = [row[0] for row in await self.scheduler.sql.fetch(TYPES, table, listed)]
                given = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(types, 1))
                self.inserts[table] = f'INSERT INTO "{table}" ({quoted}) SELECT * FROM unnest({given})'

    async def written(self, count: int) -> Drained:
        """Take so many events and write their rows to a database of its own, in one transaction for each batch."""
        name = "bare_loop"
        await self.scheduler.stack.create_database(name)
        url = self.scheduler.stack.database(name)
        await asyncio.to_thread(migrate, url, VERSIONS)
        connection = await asyncpg.connect(url)
        await connection.execute("SET jit = off")
        consumer = self.scheduler.kafka.consumer(f"bare-{time.monotonic_ns()}")
        await consumer.start()
        consumer.subscribe([self.scheduler.kafka.named(topics.ITEMS.name)])
        try:
            return await self._taken(connection, consumer, count)
        finally:
            await consumer.stop()
            await connection.close()
            await self.scheduler.stack.drop_database(name)

    async def _taken(self, connection: Any, consumer: AIOKafkaConsumer, count: int) -> Drained:
        gc.collect()
        gc.freeze()
        while not consumer.assignment():  # noqa: ASYNC110  the client does not tell
            await asyncio.sleep(0.05)
        spent, began, taken = self.meter.read([os.getpid()]), time.monotonic(), 0
        while taken < count:
            polled = await consumer.getmany(timeout_ms=100, max_records=BATCH)
            records = [record for part in polled.values() for record in part]
            deals = [UUID(msgspec.json.decode(r.value, type=Event).item.id) for r in records]
            known = [deal for deal in deals if deal in self.rows["execution"]]
            if known:
                async with connection.transaction():
                    await self.insert(connection, known)
                await consumer.commit()
            taken += len(known)
        now, ended = self.meter.read([os.getpid()]), time.monotonic()
        gc.unfreeze()
        return Drained(taken, ended - began, now.since(spent), 0)

    async def insert(self, connection: Any, deals: Sequence[UUID]) -> None:
        """Write the rows of some deals, and one message for each partition."""
        for table, statement in self.inserts.items():
            rows = [row for deal in deals for row in self.rows[table].get(deal, ())]
            await connection.execute(statement, *zip(*rows, strict=True))
        bodies: dict[int, bytearray] = {}
        for deal in deals:
            body = bodies.setdefault(deal.int % self.scheduler.kafka.partitions, bytearray())
            for row in self.rows["execution"][deal]:
                body += next((as_bytes(cell) for cell in row if isinstance(cell, str | bytes) and len(cell) > 300), b"")
        await connection.execute(OUTBOX, list(bodies), [bytes(body) for body in bodies.values()])


def as_bytes(cell: str | bytes) -> bytes:
    """Give a document as it travels."""
    return cell.encode() if isinstance(cell, str) else cell


def named(n: int) -> list[tuple[UUID, UUID]]:
    """Give what belongs to a deal: itself, its contact, its executions."""
    deal, rules = shop.deal_id(n), shop.rule_ids(STEP, n % len(shop.STAGES))
    return [(one, deal) for one in (deal, shop.contact_id(n), *(execution_id(rule, deal, 1) for rule in rules))]
