"""A deployment for one test: a topic prefix and databases of its own on the servers of the session."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from aiokafka import AIOKafkaProducer
from contracts.data import Data
from contracts.envelope import Envelope, EnvelopeUnreadable, Headers
from contracts.messages import BY_TYPE, Message
from contracts.topics import Topic
from pydantic import ValidationError
from stack import Stack

from chassis.clients import running
from chassis.kafka import Kafka, administering, make_topics, standing
from chassis.migrations import migrate
from chassis.outbox import Outbox
from chassis.settings import ServiceSettings

PARTITIONS = 2
SECRET_KEY = "c2lnbmFsYm94LXRlc3RzLWtleS0zMi1ieXRlcy1sb24="  # noqa: S105  opens nothing but tests
Chosen = TypeVar("Chosen", bound=ServiceSettings)
Kind = TypeVar("Kind", bound=Data)


@dataclass(frozen=True, slots=True)
class Seen:
    """One record that stands in a topic; `data` is None where it is not one of ours."""

    partition: int
    key: str
    headers: dict[str, str]
    value: bytes
    envelope: Envelope | None
    data: Data | None


@dataclass
class Deployment:
    """One deployment; `templates` is shared by the session: the migrated database of each service."""

    stack: Stack
    templates: dict[Path, str]
    rehearsal: bool = False
    prefix: str = field(default_factory=lambda: f"t{secrets.token_hex(4)}.")
    databases: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    @property
    def kafka(self) -> Kafka:
        """Give this deployment's corner of the cluster."""
        return Kafka(self.stack.kafka, self.prefix, PARTITIONS, session_timeout=6.0)

    async def database(self, versions: Path) -> str:
        """Give the address of a new database, brought to the newest of these versions."""
        template = self.templates.get(versions)
        if template is None:
            template = f"template_{secrets.token_hex(4)}"
            await self.stack.create_database(template)
            await asyncio.to_thread(migrate, self.stack.database(template), versions, rehearsal=self.rehearsal)
            self.templates[versions] = template
        name = f"test_{secrets.token_hex(6)}"
        await self.stack.create_database(name, template=template)
        self.databases.append(name)
        return self.stack.database(name)

    async def settings(self, kind: type[Chosen], versions: Path, **more: object) -> Chosen:
        """Give the settings of a service on a new database of its own."""
        common: dict[str, object] = {
            "kafka_bootstrap_servers": self.stack.kafka,
            "kafka_partitions": PARTITIONS,
            "topic_prefix": self.prefix,
            "secret_key": SECRET_KEY,
            "rehearsal": self.rehearsal,
            "progress_every": 0.3,
            "session_timeout": 6.0,
            "database_url": await self.database(versions),
        }
        return kind.model_validate(common | more)

    async def topics(self, *topics: Topic | str) -> None:
        """Make these topics (models, or names such as a group's dead letters)."""
        names = [t if isinstance(t, str) else t.name for t in topics]
        self.made += await make_topics(self.kafka, only=names)

    async def send(self, *messages: Message) -> None:
        """Put messages on their topics, in their order."""
        outbox = Outbox(self.kafka, "/test")
        await self.put((p.topic, p.partition, p.key, p.headers, p.value) for p in map(outbox.parcel, messages))

    async def put(self, records: Iterable[tuple[str, int, bytes, Headers, bytes]]) -> None:
        """Put raw records (topic, partition, key, headers, value) on topics, in their order."""
        async with running(AIOKafkaProducer(bootstrap_servers=self.stack.kafka)) as producer:
            for topic, partition, key, headers, value in records:
                await producer.send_and_wait(
                    self.kafka.named(topic), value, key=key, partition=partition, headers=headers
                )

    async def seen(self, topic: Topic | str, *, besides: Iterable[str] = ("crm.relay.progress.v1",)) -> list[Seen]:
        """Give all that stands in a topic now, but for the types in `besides`; order holds within a partition."""
        name = topic if isinstance(topic, str) else topic.name
        count = next(t.num_partitions for t in self.kafka.topics() if t.name == self.kafka.named(name))
        records = await standing(self.kafka, name, count)
        told = [seen(r.partition, r.key, r.headers, r.value) for r in records]
        return [s for s in told if s.headers.get("ce_type") not in set(besides)]

    async def data(self, topic: Topic, kind: type[Kind]) -> list[Kind]:
        """Give the data of one kind that stands in a topic now."""
        return [s.data for s in await self.seen(topic) if isinstance(s.data, kind)]

    async def close(self) -> None:
        """Remove the topics and databases."""
        if self.made:
            async with administering(self.kafka) as admin:
                await admin.delete_topics(self.made)
        for name in self.databases:
            await self.stack.drop_database(name)


def seen(partition: int, key: bytes | None, headers: Headers, value: bytes | None) -> Seen:
    """Read a record as far as it can be read."""
    told = {name: content.decode(errors="replace") for name, content in headers}
    model = BY_TYPE.get(told.get("ce_type", ""))
    envelope: Envelope | None = None
    data: Data | None = None
    with contextlib.suppress(EnvelopeUnreadable, ValidationError):  # a test looks at unreadable records too
        envelope = Envelope.read(headers)
        data = model.model_validate_json(value or b"") if model else None
    return Seen(partition, (key or b"").decode(errors="replace"), told, value or b"", envelope, data)
