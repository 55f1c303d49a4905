"""The one loop in which every service receives.

1. Poll a batch; read each record. What cannot be read becomes a dead letter in the transaction of the batch.
2. Wait until the database holds the config that the batch names.
3. Handle the batch in one transaction (or each record in its own), without what it tells of people who were erased,
   and commit it. Offsets follow twice a second, and at the end: what comes again after a crash is a repeat, and
   repeats are harmless.
4. Database or broker trouble is waited out, the same batch again. Any other failure rolls back, and the batch is run
   record by record: a record that fails for good becomes a dead letter, with the reason, in a transaction of its own.
5. A flood of dead letters, or any error of the client that escapes a poll, ends the process.

The rules for aiokafka behind this are in `docs/decisions/0004-aiokafka-and-its-rules.md`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import ConsumerRecord
from contracts.data import Data
from contracts.topics import Topic

from chassis import erasure, telemetry
from chassis.config_copy import ConfigCopy
from chassis.database import CONTENDED, UNREACHABLE, Database, Transaction
from chassis.dead_letters import DeadLetter, FloodGate
from chassis.errors import Fatal, Rejected, Retryable
from chassis.kafka import Kafka
from chassis.outbox import Outbox
from chassis.received import Reads, Received, Unreadable, read
from chassis.retry import Pauses

BATCH = 500
TRIES = 3
POLL = 0.3
COMMIT_EVERY = 0.5
# A rehearsal goes on as soon as all is read, and what is read is known by what is committed.
COMMIT_EVERY_IN_REHEARSAL = 0.05
TURNS_WITHIN = 30.0

Handle = Callable[[Transaction, Sequence[Received]], Awaitable[None]]
OnDead = Callable[[Transaction, ConsumerRecord], Awaitable[None]]
log = structlog.get_logger()


@dataclass(frozen=True)
class Reader:
    """One role's reading: its group, topics and types, and what it does with a batch.

    `per_record`: each record in a transaction of its own. `on_dead` runs in the transaction that writes a dead letter.
    `stop_on_dead`: a record that cannot be read ends the process instead (config). `rest`: seconds to wait after a
    batch, so that the next is larger, for a reader that nobody waits for.
    """

    group: str
    topics: tuple[Topic, ...]
    reads: Reads
    handle: Handle
    per_record: bool = False
    on_dead: OnDead | None = None
    stop_on_dead: bool = False
    rest: float = 0.0


class Handlers:
    """A table from type to handler, as the `handle` of a reader that takes each record by itself."""

    def __init__(
        self,
        table: Mapping[type[Data], Callable[[Transaction, Received], Awaitable[None]]],
        *,
        ignored: Sequence[type[Data]] = (),
    ) -> None:
        self.table = table
        self.reads = Reads.of(tuple(table), ignored)

    async def __call__(self, tx: Transaction, batch: Sequence[Received]) -> None:
        """Handle the records of a batch in their order."""
        for received in batch:
            await self.table[type(received.data)](tx, received)


class Consumer:
    """Runs one reader until told to stop."""

    def __init__(
        self,
        reader: Reader,
        *,
        kafka: Kafka,
        database: Database,
        outbox: Outbox,
        config: ConfigCopy[Any] | None = None,
        dead_letter_limit: int = 100,
        commit_every: float = COMMIT_EVERY,
    ) -> None:
        self.reader = reader
        self.kafka = kafka
        self.database = database
        self.outbox = outbox
        self.config = config
        self.flood = FloodGate(dead_letter_limit)
        self.commit_every = commit_every
        self.turned_at = time.monotonic()
        self._kafka_consumer: AIOKafkaConsumer | None = None
        self._handled: dict[TopicPartition, int] = {}
        self._commit_at = 0.0
        self._log = log.bind(group=reader.group)

    def alive(self) -> bool:
        """Say whether the loop turned lately."""
        return time.monotonic() - self.turned_at < TURNS_WITHIN

    def ready(self) -> bool:
        """Say whether the group gave this process partitions."""
        return self._kafka_consumer is not None and bool(self._kafka_consumer.assignment())

    async def run(self, stop: asyncio.Event) -> None:
        """Receive until told to stop; raises `Fatal` when the client is broken for good."""
        consumer = self._kafka_consumer = self.kafka.consumer(self.reader.group)
        try:
            await consumer.start()
            consumer.subscribe([self.kafka.named(topic.name) for topic in self.reader.topics])
            while not stop.is_set():
                await self._turn(consumer, stop)
            await self._commit(consumer)
        except KafkaError as error:
            # After a fatal coordinator error `getmany` raises for ever; a new process heals it, a new try does not.
            raise Fatal(f"{self.reader.group}: the Kafka client failed: {error!r}") from error
        finally:
            await consumer.stop()

    async def _turn(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        wait = min(POLL, self.commit_every) if self._handled else POLL
        polled = await consumer.getmany(timeout_ms=int(wait * 1000), max_records=BATCH)
        self.turned_at = time.monotonic()
        records = [record for part in polled.values() for record in part]
        if records:
            with telemetry.BATCH_SECONDS.labels(self.reader.group).time():
                if not await self.take(records, stop):
                    return
            await asyncio.sleep(min(self.reader.rest, self.commit_every))
            self._handled |= {place: part[-1].offset + 1 for place, part in polled.items()}
        if time.monotonic() >= self._commit_at:
            await self._commit(consumer)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        self._commit_at = time.monotonic() + self.commit_every
        handled, self._handled = self._handled, {}
        try:
            if handled:
                await consumer.commit(handled)
        except (CommitFailedError, IllegalStateError):  # the second where a partition was taken away meanwhile
            self._log.info("consumer: the group moved on; these records come again")

    async def take(self, records: Sequence[ConsumerRecord], stop: asyncio.Event) -> bool:
        """Handle records, waiting out trouble of the database; gives False when told to stop before it was done."""
        for pause in Pauses():
            try:
                await self._take(records)
            except (*UNREACHABLE, *CONTENDED) as error:
                telemetry.RETRIED.labels(self.reader.group, type(error).__name__).inc()
                self._log.warning("consumer: waits for the database", error=repr(error))
                await asyncio.sleep(pause)
                self.turned_at = time.monotonic()
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
            except Rejected as error:
                dead, readable = [DeadLetter(record, "Rejected", error.reason, attempt)], []
            except Exception as error:  # noqa: BLE001  a bug, or `Retryable`
                telemetry.RETRIED.labels(self.reader.group, type(error).__name__).inc()
                self._log.exception("consumer: a record failed", topic=record.topic, offset=record.offset)
                if attempt >= TRIES:
                    dead, readable = [DeadLetter(record, type(error).__name__, str(error), attempt)], []
                await asyncio.sleep(pause_after(error, pause))
            else:
                return

    def _read(self, records: Sequence[ConsumerRecord]) -> tuple[list[Received], list[DeadLetter]]:
        readable, dead = [], []
        for record in records:
            try:
                received = read(record, self.reader.reads, self.kafka.prefix)
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
        if self.config is not None:
            named = max((getattr(r.data, "config", 0) for r in readable), default=0)
            await self.config.reach(named, self._beat)
        async with self.database.transaction() as tx:
            for letter in dead:
                await self._bury(tx, letter)
            spared = await erasure.spared(tx, self.reader.group, readable)
            if spared:
                with structlog.contextvars.bound_contextvars(correlation=str(spared[0].envelope.cause.correlation)):
                    await self.reader.handle(tx, spared)
            self.flood.count(len(readable), len(dead))

    async def _bury(self, tx: Transaction, letter: DeadLetter) -> None:
        telemetry.DEAD.labels(self.reader.group, letter.error).inc()
        self._log.error(
            "consumer: dead letter", topic=letter.record.topic, offset=letter.record.offset, reason=letter.reason
        )
        self._commit_at = 0.0  # a dead letter that comes again is one more letter
        await self.outbox.put(tx, [letter.parcel(self.reader.group, self.kafka.prefix)])
        if self.reader.on_dead is not None:
            await self.reader.on_dead(tx, letter.record)

    def _beat(self) -> None:
        self.turned_at = time.monotonic()


def pause_after(error: Exception, pause: float) -> float:
    """Give the seconds to wait after an error: what the other side asked for, up to five, else our own pause."""
    if isinstance(error, Retryable) and error.after is not None:
        return min(error.after.total_seconds(), 5.0)
    return pause
