"""rule-scheduler as it is deployed: a database with its migrations, its topics, and processes of its roles."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import asyncpg
import httpx
from aiokafka import TopicPartition
from chassis.ids import new_id
from chassis.kafka import Kafka, make_topics
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.config import ConfigChanged
from contracts.data import Data
from contracts.envelope import Cause
from contracts.items import Item, ItemEvent
from contracts.messages import TYPES, Message
from contracts.topics import Topic
from stack import Stack

from benchmarks.load import tell
from benchmarks.timers import shop
from deploy.local.environment import Environment

SERVICE = "rule-scheduler"
HOME = Path(".local/bench-timers")
FRESH = (topics.ITEMS, topics.ORDERS, topics.CONFIG)
# What a process may rest on is said by hand, so that the gate opens at a moment that is known.
NEVER_STALE = {"RULE_SCHEDULER_MAX_STALENESS": "PT1H"}
OPEN = (
    "INSERT INTO freshness (topic, partition, published_until) SELECT t, p, $3::timestamptz"
    " FROM unnest($1::text[], $2::int[]) AS u(t, p)"
    " ON CONFLICT (topic, partition) DO UPDATE SET published_until = excluded.published_until"
)


class Scheduler:
    """One scheduler with a database and topics of its own."""

    def __init__(self, stack: Stack, prefix: str, partitions: int = 12) -> None:
        HOME.mkdir(parents=True, exist_ok=True)
        self.stack = stack
        self.environment = Environment(stack, prefix, partitions, NEVER_STALE)
        self.url = stack.database(self.environment.database(SERVICE))
        self.kafka = Kafka(stack.kafka, prefix, partitions)
        self.outbox = Outbox(self.kafka, "/crm-api")
        self.revision = 0
        self.published: set[int] = set()

    async def __aenter__(self) -> Self:
        """Make the database and the topics."""
        await self.stack.create_database(self.environment.database(SERVICE))
        process = await self._spawn("migrate", 0)
        if await process.wait():
            raise RuntimeError(f"migrate failed, see {HOME}")
        await make_topics(self.kafka)
        self.sql: asyncpg.Connection[Any] = await asyncpg.connect(self.url, timeout=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Drop the database; the topics go with the broker."""
        await self.sql.close()
        await self.stack.drop_database(self.environment.database(SERVICE))

    @asynccontextmanager
    async def running(self, *roles: str) -> AsyncIterator[list[int]]:
        """Run a process for each of these roles while the block lasts, and give their ids."""
        processes = [await self._spawn(role, n) for n, role in enumerate(roles)]
        try:
            for n, role in enumerate(roles):
                await ready(self.environment.url(f"{role}.{n}"), processes[n])
            yield [process.pid for process in processes]
        finally:
            for process in processes:
                if process.returncode is None:
                    process.terminate()
            await asyncio.gather(*(process.wait() for process in processes))

    async def _spawn(self, role: str, n: int) -> asyncio.subprocess.Process:
        command = str(Path(sys.executable).parent / SERVICE)
        environment = self.environment.of(SERVICE, f"{role}.{n}", "http://127.0.0.1:1")
        with (HOME / f"{role}.{n}.log").open("wb") as log:
            return await asyncio.create_subprocess_exec(command, role, stdout=log, stderr=log, env=environment)

    async def gate(self, *, opened: bool) -> None:
        """Open or close the gate in front of all firing."""
        places = [(t.name, p) for t in FRESH for p in range(1 if t.single else self.kafka.partitions)]
        until = datetime.now(UTC) - (timedelta() if opened else timedelta(days=1))
        await self.sql.execute(OPEN, [t for t, _ in places], [p for _, p in places], until)

    async def publish(self, step: int) -> None:
        """Publish the shop's config with rules of this step, once."""
        if step in self.published:
            return
        self.published.add(step)
        await self.configure(*shop.config(step))

    async def configure(self, *changes: ConfigChanged) -> None:
        """Publish config records under the next revisions."""
        messages = []
        for change in changes:
            self.revision += 1
            numbered = change.model_copy(update={"revision": self.revision})
            messages.append(self.message(topics.CONFIG, f"{change.kind}/{change.id}", numbered))
        await self.send(messages)

    def announcement(self, event: ItemEvent) -> Message:
        """Make the message by which crm-api announces an item."""
        return self.message(TYPES[type(event)][0], event.item.id, event, event.item)

    def message(self, topic: Topic, key: object, data: Data, item: Item | None = None) -> Message:
        """Make a message as crm-api would."""
        event = new_id()
        persons = tuple(link.id for link in item.links) if item else ()
        about = About(at=datetime.now(UTC), cause=Cause(event, event, actor="user:ann"), persons=persons, id=event)
        return self.outbox.message(topic, key, data, about)

    async def send(self, messages: Sequence[Message]) -> None:
        """Put messages on their topics, in their order."""
        async with self.kafka.producer() as producer:
            for parcel in map(self.outbox.parcel, messages):
                name = self.kafka.named(parcel.topic)
                await producer.send(name, parcel.value, parcel.key, parcel.partition, headers=parcel.headers)
            await producer.flush()

    async def carried(self, topic: Topic = topics.ACTIONS["sms"]) -> int:
        """Give how many records stand in a topic."""
        consumer = self.kafka.consumer("bench")
        await consumer.start()
        places = [TopicPartition(self.kafka.named(topic.name), p) for p in range(self.kafka.partitions)]
        ends = await consumer.end_offsets(places)
        await consumer.stop()
        return sum(ends.values())

    async def until(self, query: str, *values: Any, every: float = 0.02) -> None:
        """Wait until a query gives true."""
        while not await self.sql.fetchval(query, *values):  # noqa: ASYNC110  only the database tells
            await asyncio.sleep(every)

    async def vacuum(self) -> None:
        """Let each run begin alike."""
        await self.sql.execute("VACUUM ANALYZE", timeout=3600)
        await self.sql.execute("CHECKPOINT", timeout=600)


async def ready(url: str, process: asyncio.subprocess.Process, within: float = 60.0) -> None:
    """Wait until a process says that it is ready."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client, asyncio.timeout(within):
        while process.returncode is None:
            try:
                if (await client.get("/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
        raise RuntimeError(f"a process ended with {process.returncode}, see {HOME}")


def said(figures: dict[str, Any]) -> dict[str, Any]:
    """Say figures as they come."""
    tell(str(figures))
    return figures
