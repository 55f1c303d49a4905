"""The one loop in which every service receives.

1. Poll a batch; read each record. What cannot be read becomes a dead letter in the transaction of the batch.
2. Wait until the database holds the config that the batch names.
3. Handle the batch in one transaction (or each record in its own), without what it tells of people who were erased,
   and commit it. Offsets follow twice a second, and at the end: what comes again after a crash is a repeat, and
   repeats are harmless.
4. Database or broker trouble is waited out, the same batch again. Any other failure rolls back, and the batch is run
   record by record: a record that fails for good becomes a dead letter, with the reason, in a transaction of its own.
5. A flood of dead letters, or any error of the client that escapes a poll, ends the process.

A reader with several lanes does this in each of them at once. All of a key is on one partition number, whichever
topic tells of it, and so in one lane: its order holds.

The rules for aiokafka behind this are in `docs/decisions/0004-aiokafka-and-its-rules.md`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import ConsumerRecord
from contracts.data import Data

from chassis import telemetry
from chassis.clients import start
from chassis.config_copy import ConfigCopy
from chassis.database import Database, Transaction
from chassis.dead_letters import FloodGate
from chassis.errors import Fatal
from chassis.handling import Corridor, Handling, Reader
from chassis.kafka import Kafka
from chassis.outbox import Outbox
from chassis.received import Reads, Received

BATCH = 500
POLL = 0.3
# What waits for the first partitions of a lane looks again after this time.
UNASSIGNED = 0.05
COMMIT_EVERY = 0.5
# A rehearsal goes on as soon as all is read, and what is read is known by what is committed.
COMMIT_EVERY_IN_REHEARSAL = 0.05
TURNS_WITHIN = 30.0

Polled = dict[TopicPartition, list[ConsumerRecord]]
log = structlog.get_logger()


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
        self.commit_every = commit_every
        corridor = Corridor(database, outbox, FloodGate(dead_letter_limit), config)
        self.lanes = [Handling(reader, corridor) for _ in range(reader.lanes)]
        self._kafka_consumer: AIOKafkaConsumer | None = None
        self._handled: dict[TopicPartition, int] = {}
        self._commit_at = 0.0
        self._log = log.bind(group=reader.group)

    def alive(self) -> bool:
        """Say whether the loop turned lately, in each lane."""
        return time.monotonic() - min(lane.turned_at for lane in self.lanes) < TURNS_WITHIN

    def ready(self) -> bool:
        """Say whether the group gave this process partitions."""
        return self._kafka_consumer is not None and bool(self._kafka_consumer.assignment())

    async def run(self, stop: asyncio.Event) -> None:
        """Receive until told to stop; raises `Fatal` when the client is broken for good."""
        consumer = self._kafka_consumer = self.kafka.consumer(self.reader.group)
        try:
            await start(consumer)
            consumer.subscribe([self.kafka.named(topic.name) for topic in self.reader.topics])
            await self._run_lanes(consumer, stop)
            await self._commit(consumer)
        except KafkaError as error:
            # After a fatal coordinator error `getmany` raises for ever; a new process heals it, a new try does not.
            raise Fatal(f"{self.reader.group}: the Kafka client failed: {error!r}") from error
        finally:
            await consumer.stop()

    async def _run_lanes(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        try:
            async with asyncio.TaskGroup() as running:
                for number in range(len(self.lanes)):
                    running.create_task(self._run_lane(consumer, number, stop))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _run_lane(self, consumer: AIOKafkaConsumer, number: int, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._turn(consumer, number, stop)

    async def _turn(self, consumer: AIOKafkaConsumer, number: int, stop: asyncio.Event) -> None:
        lane = self.lanes[number]
        polled = await self._poll(consumer, number)
        lane.beat()
        records = [record for part in polled.values() for record in part]
        if records:
            with telemetry.BATCH_SECONDS.labels(self.reader.group).time():
                if not await lane.take(records, stop):
                    return
            await asyncio.sleep(min(self.reader.rest, self.commit_every))
            self._handled |= {place: part[-1].offset + 1 for place, part in polled.items()}
        # A dead letter that comes again is one more letter.
        if lane.buried or time.monotonic() >= self._commit_at:
            lane.buried = False
            await self._commit(consumer)

    async def _poll(self, consumer: AIOKafkaConsumer, number: int) -> Polled:
        wait = min(POLL, self.commit_every) if self._handled else POLL
        mine: list[TopicPartition] = []
        if len(self.lanes) > 1:
            mine = [place for place in consumer.assignment() if place.partition % len(self.lanes) == number]
            if not mine:
                await asyncio.sleep(UNASSIGNED)
                return {}
        polled: Polled = await consumer.getmany(*mine, timeout_ms=int(wait * 1000), max_records=BATCH)
        return polled

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        self._commit_at = time.monotonic() + self.commit_every
        handled, self._handled = self._handled, {}
        try:
            if handled:
                await consumer.commit(handled)
        except (CommitFailedError, IllegalStateError):  # the second where a partition was taken away meanwhile
            self._log.info("consumer: the group moved on; these records come again")
