"""What is done with a batch once it is polled: read, handled in one transaction, tried again, or buried.

Where a consumer has several lanes, each has a handling of its own.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka.structs import ConsumerRecord
from contracts.topics import Topic

from chassis import erasure, telemetry
from chassis.config_copy import ConfigCopy
from chassis.database import CONTENDED, UNREACHABLE, Database, Transaction
from chassis.dead_letters import DeadLetter, FloodGate
from chassis.errors import Fatal, Rejected, Retryable
from chassis.outbox import Outbox
from chassis.received import Reads, Received, Unreadable, read
from chassis.retry import Pauses

TRIES = 3

Handle = Callable[[Transaction, Sequence[Received]], Awaitable[None]]
OnDead = Callable[[Transaction, ConsumerRecord], Awaitable[None]]
log = structlog.get_logger()


@dataclass(frozen=True)
class Reader:
    """One role's reading: its group, topics and types, and what it does with a batch.

    `per_record`: each record in a transaction of its own. `on_dead` runs in the transaction that writes a dead letter.
    `stop_on_dead`: a record that cannot be read ends the process instead (config). `rest`: seconds to wait after a
    batch, so that the next is larger, for a reader that nobody waits for. `lanes`: how many batches are handled at
    once, each of other partitions, so that the database works for one while this process decides another; what
    `handle` does must bear that as it bears another replica.
    """

    group: str
    topics: tuple[Topic, ...]
    reads: Reads
    handle: Handle
    per_record: bool = False
    on_dead: OnDead | None = None
    stop_on_dead: bool = False
    rest: float = 0.0
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Corridor:
    """What batches are handled with: the database, the outbox for dead letters, and the config that they name."""

    database: Database
    outbox: Outbox
    flood: FloodGate
    config: ConfigCopy[Any] | None = None


class Handling:
    """Handles batch after batch, one at a time; `buried` says that dead letters were written since it was cleared."""

    def __init__(self, reader: Reader, corridor: Corridor) -> None:
        self.reader = reader
        self.corridor = corridor
        self.turned_at = time.monotonic()
        self.buried = False
        self._prefix = corridor.outbox.kafka.prefix
        self._log = log.bind(group=reader.group)

    def beat(self) -> None:
        """Note that it is alive."""
        self.turned_at = time.monotonic()

    async def take(self, records: Sequence[ConsumerRecord], stop: asyncio.Event) -> bool:
        """Handle records, waiting out trouble of the database; gives False when told to stop before it was done."""
        for pause in Pauses():
            try:
                await self._take(records)
            except (*UNREACHABLE, *CONTENDED) as error:
                telemetry.RETRIED.labels(self.reader.group, type(error).__name__).inc()
                self._log.warning("consumer: waits for the database", error=repr(error))
                await asyncio.sleep(pause)
                self.beat()
                if stop.is_set():
                    return False
            else:
                return True
        raise AssertionError("pauses never end")

    async def _take(self, records: Sequence[ConsumerRecord]) -> None:
        if self.reader.per_record:
            for record in records:
                await self._one(record)
            return
        readable, dead = self._read(records)
        try:
            await self._transact(readable, dead)
        except (*UNREACHABLE, *CONTENDED, Fatal):
            raise
        except Exception as error:  # noqa: BLE001  any failure: the record at fault must be found
            self._log.warning("consumer: the batch failed, now record by record", error=repr(error))
            for record in records:
                await self._one(record)

    async def _one(self, record: ConsumerRecord) -> None:
        readable, dead = self._read([record])
        for attempt, pause in enumerate(Pauses(longest=2.0), start=1):
            try:
                await self._transact(readable, dead)
            except (*UNREACHABLE, *CONTENDED, Fatal):
                raise
            except Exception as error:  # noqa: BLE001  `Rejected`, `Retryable`, or a bug
                # A letter that is written already stays what it is: then `on_dead` is at fault, and is tried again.
                if isinstance(error, Rejected) and not dead:
                    dead, readable = [DeadLetter(record, "Rejected", error.reason, attempt)], []
                    continue
                telemetry.RETRIED.labels(self.reader.group, type(error).__name__).inc()
                self._log.exception("consumer: a record failed", topic=record.topic, offset=record.offset)
                if attempt >= TRIES and not dead:
                    dead, readable = [DeadLetter(record, type(error).__name__, str(error), attempt)], []
                await asyncio.sleep(pause_after(error, pause))
            else:
                return

    def _read(self, records: Sequence[ConsumerRecord]) -> tuple[list[Received], list[DeadLetter]]:
        readable, dead = [], []
        for record in records:
            try:
                received = read(record, self.reader.reads, self._prefix)
            except Unreadable as error:
                dead.append(DeadLetter(record, "Unreadable", str(error)))
                continue
            if received is None:
                telemetry.IGNORED.labels(self.reader.group, "ignored").inc()
                continue
            telemetry.CONSUMED.labels(self.reader.group, received.envelope.type).inc()
            readable.append(received)
        return readable, dead

    async def _transact(self, readable: Sequence[Received], dead: Sequence[DeadLetter]) -> None:
        if dead and self.reader.stop_on_dead:
            raise Fatal(f"{self.reader.group}: {dead[0].reason}")
        if self.corridor.config is not None:
            named = max((getattr(r.data, "config", 0) for r in readable), default=0)
            await self.corridor.config.reach(named, self.beat)
        async with self.corridor.database.transaction() as tx:
            for letter in dead:
                await self._bury(tx, letter)
            spared = await erasure.spared(tx, self.reader.group, readable)
            if spared:
                with structlog.contextvars.bound_contextvars(correlation=str(spared[0].envelope.cause.correlation)):
                    await self.reader.handle(tx, spared)
            self.corridor.flood.count(len(readable), len(dead))

    async def _bury(self, tx: Transaction, letter: DeadLetter) -> None:
        telemetry.DEAD.labels(self.reader.group, letter.error).inc()
        self._log.error(
            "consumer: dead letter", topic=letter.record.topic, offset=letter.record.offset, reason=letter.reason
        )
        self.buried = True
        await self.corridor.outbox.put(tx, [letter.parcel(self.reader.group, self._prefix)])
        if self.reader.on_dead is not None:
            await self.reader.on_dead(tx, letter.record)


def pause_after(error: Exception, pause: float) -> float:
    """Give the seconds to wait after an error: what the other side asked for, up to five, else our own pause."""
    if isinstance(error, Retryable) and error.after is not None:
        return min(error.after.total_seconds(), 5.0)
    return pause
