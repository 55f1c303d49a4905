"""One service as it is deployed: a database with its migrations, its topics, and processes of its roles."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self

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
from contracts.messages import Message
from contracts.topics import Topic
from stack import Stack

from deploy.local.environment import Environment


class Deployed:
    """One service with a database and topics of its own; its processes write their logs below `HOME`."""

    SERVICE: ClassVar[str]
    HOME: ClassVar[Path]

    def __init__(self, stack: Stack, prefix: str, partitions: int = 12, more: Mapping[str, str] | None = None) -> None:
        self.HOME.mkdir(parents=True, exist_ok=True)
        self.stack = stack
        self.environment = Environment(stack, prefix, partitions, more or {})
        self.url = stack.database(self.environment.database(self.SERVICE))
        self.kafka = Kafka(stack.kafka, prefix, partitions)
        self.outbox = Outbox(self.kafka, "/crm-api")
        self.revision = 0

    async def __aenter__(self) -> Self:
        """Make the database and the topics."""
        await self.stack.create_database(self.environment.database(self.SERVICE))
        process = await self._spawn("migrate", 0)
        if await process.wait():
            raise RuntimeError(f"migrate failed, see {self.HOME}")
        await make_topics(self.kafka)
        self.sql: asyncpg.Connection[Any] = await asyncpg.connect(self.url, timeout=30)
        # What it waits for it asks by an index, or looking would take processor time from what is measured.
        await self.sql.execute("SET enable_seqscan = off")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Drop the database; the topics go with the broker."""
        await self.sql.close()
        await self.stack.drop_database(self.environment.database(self.SERVICE))

    @asynccontextmanager
    async def running(self, *roles: str) -> AsyncIterator[list[int]]:
        """Run a process for each of these roles while the block lasts, and give their ids."""
        processes = [await self._spawn(role, n) for n, role in enumerate(roles)]
        try:
            for n, role in enumerate(roles):
                await self._ready(self.environment.url(f"{role}.{n}"), processes[n])
            yield [process.pid for process in processes]
        finally:
            for process in processes:
                if process.returncode is None:
                    process.terminate()
            await asyncio.gather(*(process.wait() for process in processes))

    async def _spawn(self, role: str, n: int) -> asyncio.subprocess.Process:
        command = str(Path(sys.executable).parent / self.SERVICE)
        environment = self.environment.of(self.SERVICE, f"{role}.{n}", "http://127.0.0.1:1")
        with (self.HOME / f"{role}.{n}.log").open("wb") as log:
            return await asyncio.create_subprocess_exec(command, role, stdout=log, stderr=log, env=environment)

    async def _ready(self, url: str, process: asyncio.subprocess.Process, within: float = 60.0) -> None:
        """Wait until a process says that it is ready."""
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client, asyncio.timeout(within):
            while process.returncode is None:
                try:
                    if (await client.get("/readyz")).status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise RuntimeError(f"a process ended with {process.returncode}, see {self.HOME}")

    async def configure(self, *changes: ConfigChanged) -> None:
        """Publish config records under the next revisions."""
        messages = []
        for change in changes:
            self.revision += 1
            numbered = change.model_copy(update={"revision": self.revision})
            messages.append(self.message(topics.CONFIG, f"{change.kind}/{change.id}", numbered))
        await self.send(messages)

    def message(self, topic: Topic, key: object, data: Data, persons: Sequence[Any] = ()) -> Message:
        """Make a message as another service would."""
        event = new_id()
        about = About(datetime.now(UTC), Cause(event, event, actor="user:ann"), persons=tuple(persons), id=event)
        return self.outbox.message(topic, key, data, about)

    async def send(self, messages: Iterable[Message]) -> None:
        """Put messages on their topics, in their order."""
        await put(self.outbox, messages)

    async def carried(self, topic: Topic) -> int:
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


async def put(outbox: Outbox, messages: Iterable[Message]) -> None:
    """Put messages on their topics, in their order."""
    async with outbox.kafka.producer() as producer:
        for parcel in map(outbox.parcel, messages):
            name = outbox.kafka.named(parcel.topic)
            await producer.send(name, parcel.value, parcel.key, parcel.partition, headers=parcel.headers)
        await producer.flush()
