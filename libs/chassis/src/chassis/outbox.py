"""What must be announced, written in the transaction of the change that it announces.

A row is a chunk: all messages of one topic and partition in one transaction, in their order. A writer locks what
the message is about (or raises its version) before it writes here; then the order of `seq` is the order per key.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from contracts.data import Data
from contracts.envelope import Cause, Envelope, Headers
from contracts.messages import Message
from contracts.topics import Topic

from chassis import records
from chassis.columns import split, texts
from chassis.database import Transaction, Write
from chassis.errors import Rejected
from chassis.ids import new_id
from chassis.kafka import Kafka

LARGEST_MESSAGE = 900_000
# A row of this size still lies in its page: what is larger is cut into pieces of 2 kB, each written by itself.
FULL_CHUNK = 7_900
INSERT = (
    "INSERT INTO outbox (bucket, topic, messages, body, created_at)"
    " SELECT b, t, n, d, signalbox_now()"
    f" FROM unnest($1::smallint[], {split('$2')}, $3::int[], $4::bytea[]) AS u(b, t, n, d)"
)


class Parcel(NamedTuple):
    """One record with its place; `topic` carries no prefix."""

    topic: str
    partition: int
    key: bytes
    headers: Headers
    value: bytes

    def ready(self) -> "Ready":
        """Give the record as it travels."""
        return Ready(self.topic, self.partition, records.record(self.key, self.headers, self.value))


class Ready(msgspec.Struct, gc=False):
    """One record as it travels, with its place."""

    topic: str
    partition: int
    record: bytes


@dataclass(frozen=True, slots=True)
class About:
    """What the envelope of a message says beside its data; `id` where it is derived, else a new one is born."""

    at: datetime
    cause: Cause
    subject: str = ""
    persons: tuple[UUID, ...] = ()
    identities: tuple[str, ...] = ()
    id: UUID | None = None


class Outbox:
    """Writes messages beside the change; the relay of this process is woken after the commit."""

    def __init__(self, kafka: Kafka, source: str) -> None:
        self.kafka = kafka
        self.source = source
        self.written = asyncio.Event()

    def message(self, topic: Topic, key: object, data: Data, about: "About") -> Message:
        """Make a message of ours: a new id, and the rest as `about` says."""
        return Message(topic, str(key), self.envelope(type(data), key, about), data)

    def envelope(self, data: type[Data], key: object, about: "About") -> Envelope:
        """Make the envelope of a message of ours."""
        return Envelope(
            id=about.id or new_id(),
            type=data.TYPE,
            source=self.source,
            subject=about.subject or str(key),
            time=about.at,
            cause=about.cause,
            persons=about.persons,
            identities=about.identities,
        )

    async def publish(self, tx: Transaction, messages: Iterable[Message]) -> None:
        """Write messages; raises `Rejected` for one that is too large to travel."""
        await self.put(tx, [self.parcel(message) for message in messages])

    async def put(self, tx: Transaction, parcels: Iterable[Parcel]) -> None:
        """Write records at the end of the transaction, in the order in which they are put."""
        self.post(tx, [parcel.ready() for parcel in parcels])

    def post(self, tx: Transaction, ready: Iterable[Ready]) -> None:
        """Write records that are ready to travel, as `put` does."""
        tx.collect(self, written).extend(ready)
        tx.after_commit(self.written.set)

    def parcel(self, message: Message) -> Parcel:
        """Encode a message for its partition."""
        value = message.value()
        if len(value) > LARGEST_MESSAGE:
            raise Rejected(f"{message.envelope.type} is {len(value)} bytes; a message may have {LARGEST_MESSAGE}")
        topic, key = message.topic, message.key
        return Parcel(topic.name, self.kafka.partition(topic, key), key.encode(), message.envelope.headers(), value)


def written(ready: list[Ready]) -> Iterable[Write]:
    """Give the one write of all records of a transaction."""
    chunks = list(chunked(ready))
    if chunks:
        buckets, names, counts, bodies = zip(*chunks, strict=True)
        yield INSERT, (buckets, texts(names), counts, bodies)


def chunked(ready: Iterable[Ready]) -> Iterator[tuple[int, str, int, bytes]]:
    """Put records of one topic and partition together, in their order, as (bucket, topic, count, body)."""
    opened: dict[tuple[str, int], list[bytes]] = {}
    sizes: dict[tuple[str, int], int] = {}
    for one in ready:
        topic, partition, record = one.topic, one.partition, one.record
        place = topic, partition
        size = len(record) + records.SIZE.size
        chunk = opened.get(place)
        if chunk is None:
            opened[place], sizes[place] = [record], size
        elif sizes[place] + size > FULL_CHUNK:
            yield partition, topic, len(chunk), records.together(chunk)
            opened[place], sizes[place] = [record], size
        else:
            chunk.append(record)
            sizes[place] += size
    for (topic, partition), chunk in opened.items():
        yield partition, topic, len(chunk), records.together(chunk)
