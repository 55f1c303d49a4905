"""Carries what the outbox holds to Kafka, in order per key, with any number of replicas.

1. A bucket is a Kafka partition number; one advisory lock per bucket says which relay carries it.
2. The rows of the buckets that this relay holds are read in the order of `seq`, sent, acknowledged, then deleted.
3. A crash between the acknowledgement and the delete sends them again: ids and versions make that harmless.
4. Where readers must know how fresh they are, *published until T* goes to each of their partitions: T is real time,
   read before a pass that found nothing left of that bucket.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from contracts.envelope import Cause, Envelope
from contracts.items import RelayProgress
from contracts.topics import Topic

from chassis import telemetry
from chassis.batches import batches
from chassis.bounds import Bottom, Settled
from chassis.clients import start
from chassis.database import UNREACHABLE, Database
from chassis.ids import new_id
from chassis.kafka import LARGEST_BATCH, Kafka
from chassis.outbox import Outbox
from chassis.records import apart, record
from chassis.retry import Pauses

LOCKS = 0x5B0C
BATCH = 1000
ACKNOWLEDGED_WITHIN = 15.0
CLOSED_WITHIN = 5.0
LOCK_AGAIN = 1.0
OTHERS_FOR = 10.0
IDLE = 5
SELECT = (
    "SELECT seq, bucket, topic, body FROM outbox WHERE seq > $3 AND bucket = ANY($1::smallint[]) ORDER BY seq LIMIT $2"
)
DELETE = "DELETE FROM outbox WHERE seq = ANY($1::bigint[])"
# A delete that a crash of the server undoes sends again, which is harmless; waiting for the disk is not. What is known
# of a queue's size is always wrong, and any plan but one that walks the index in its order reads what is over, too.
SESSION = "SET synchronous_commit = off; SET enable_bitmapscan = off; SET enable_seqscan = off; SET enable_sort = off"
TAKE = "SELECT b FROM unnest($1::int[]) AS b WHERE pg_try_advisory_lock($2, b)"
# T is real time on purpose: how old knowledge is does not move with the rehearsal clock.
REAL_TIME = "SELECT clock_timestamp()"

log = structlog.get_logger()


class Relay:
    """A task inside every writing process."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        *,
        poll: float = 0.02,
        progress: Sequence[Topic] = (),
        progress_every: float = 5.0,
    ) -> None:
        self.database = database
        self.outbox = outbox
        self.kafka: Kafka = outbox.kafka
        self.poll = poll
        self.progress = progress
        self.progress_every = progress_every
        self.held: set[int] = set()
        self.settled = Settled()
        self._bottom = Bottom()
        self._lock_at = 0.0
        self._others_until = 0.0
        self._progress_at: dict[int, float] = {}
        self._pauses = iter(Pauses())

    async def run(self, stop: asyncio.Event) -> None:
        """Carry until told to stop; a lost connection or a producer in doubt is replaced by a new one."""
        while not stop.is_set():
            try:
                await self._session(stop)
            except (*UNREACHABLE, KafkaError) as error:
                log.warning("relay: begins again", error=repr(error))
                await asyncio.sleep(next(self._pauses))

    async def _session(self, stop: asyncio.Event) -> None:
        connection = await self.database.connect()
        producer = self.kafka.producer()
        try:
            await start(producer)
            await connection.execute(SESSION)
            while not stop.is_set():
                await self._turn(connection, producer)
        finally:
            self.held.clear()
            self.settled.forget()
            self._lock_at = 0.0
            connection.terminate()
            await close(producer)

    async def _turn(self, connection: Any, producer: AIOKafkaProducer) -> None:
        woken = self.outbox.written.is_set()
        self.outbox.written.clear()
        await self._take_buckets(connection)
        # Who holds no bucket would walk over all that others have carried, and find nothing.
        carried = await self.carry(connection, producer) if self.held else 0
        self._pauses = iter(Pauses())
        if carried and not woken:
            self._others_until = time.monotonic() + OTHERS_FOR
        if carried < BATCH:
            await self._wait()

    async def _wait(self) -> None:
        # Whoever writes in this process wakes it; polling is for what other processes of the service write.
        alone = time.monotonic() > self._others_until
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOCK_AGAIN if not self.held else self.poll * (IDLE if alone else 1)):
                await self.outbox.written.wait()

    async def _take_buckets(self, connection: Any) -> None:
        free = set(range(self.kafka.partitions)) - self.held
        if free and time.monotonic() >= self._lock_at:
            taken = await connection.fetch(TAKE, sorted(free), LOCKS)
            if taken:
                self.held.update(row["b"] for row in taken)
                self.settled.forget()
            self._lock_at = time.monotonic() + LOCK_AGAIN

    async def carry(self, connection: Any, producer: AIOKafkaProducer) -> int:
        """Carry one batch of rows and give how many there were."""
        late = self._late()
        at = await connection.fetchval(REAL_TIME) if late else None
        rows = await self._read(connection)
        await self._send(producer, rows)
        if rows:
            await connection.execute(DELETE, [row["seq"] for row in rows])
            telemetry.PUBLISHED.inc(len(rows))
        self.settled.carried(rows[-1]["seq"] if rows else None, all_of_them=len(rows) < BATCH)
        if at is not None and len(rows) < BATCH:
            await self._announce(producer, at, late)
        return len(rows)

    async def _read(self, connection: Any) -> list[asyncpg.Record]:
        await self.settled.look(connection)
        # From the bottom too, at times: should a bound be wrong, a message is late and not lost.
        low = 0 if self._bottom.due() else self.settled.low
        with contextlib.nullcontext() if low else self._bottom.look():
            rows: list[asyncpg.Record] = await connection.fetch(SELECT, sorted(self.held), BATCH, low)
        return rows

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
        chunks: dict[tuple[str, int], list[bytes]] = {}
        for row in rows:
            chunks.setdefault((row["topic"], row["bucket"]), []).extend(apart(row["body"]))
        await self._acknowledged(
            [
                future
                for (topic, partition), records in chunks.items()
                for future in await send(producer, self.kafka.named(topic), partition, records)
            ]
        )

    async def _acknowledged(self, futures: Sequence["asyncio.Future[RecordMetadata]"]) -> None:
        # With idempotence a send never times out by itself; a wait that ends means unknown, so nothing is deleted.
        if futures:
            await asyncio.wait_for(asyncio.gather(*futures), ACKNOWLEDGED_WITHIN)

    def _late(self) -> list[int]:
        now = time.monotonic()
        return [b for b in self.held if self.progress and now >= self._progress_at.get(b, 0.0)]

    async def _announce(self, producer: AIOKafkaProducer, at: datetime, buckets: Sequence[int]) -> None:
        futures = []
        for bucket in buckets:
            for topic in self.progress:
                if bucket == 0 or not topic.single:
                    told = self._progress_record(topic, at)
                    futures += await send(producer, self.kafka.named(topic.name), bucket, [told])
            self._progress_at[bucket] = time.monotonic() + self.progress_every
        await self._acknowledged(futures)

    def _progress_record(self, topic: Topic, at: datetime) -> bytes:
        event = new_id()
        cause = Cause(correlation=event, causation=event, actor=f"service:{self.outbox.source.strip('/')}")
        data = RelayProgress(published_until=at)
        envelope = Envelope(event, data.TYPE, self.outbox.source, topic.name, at, cause)
        return record(b"progress", envelope.headers(), data.model_dump_json().encode())


async def send(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Iterable[bytes]
) -> list["asyncio.Future[RecordMetadata]"]:
    """Hand records of one partition to the producer in their order, and give what to wait for."""
    at = time.time_ns() // 1_000_000
    return [
        await producer.send_batch(batch, topic, partition=partition)
        for batch in batches(records, at, largest=LARGEST_BATCH)
    ]


async def close(producer: AIOKafkaProducer) -> None:
    """Close a producer that may be waiting for a broker which is away."""
    try:
        await asyncio.wait_for(producer.stop(), CLOSED_WITHIN)
    except (TimeoutError, KafkaError):
        log.warning("relay: the producer did not close in time")
        # It gave up before it had ended what sends, and does nothing when it is asked again: it would try for ever.
        with contextlib.suppress(TimeoutError, KafkaError):
            await asyncio.wait_for(producer._sender.close(), CLOSED_WITHIN)  # noqa: SLF001  nothing public ends it
        await producer.client.close()
