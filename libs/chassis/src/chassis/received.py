"""One record from Kafka, read: its envelope, its data as the model of its type, and where it came from."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aiokafka.structs import ConsumerRecord
from contracts.data import Data
from contracts.envelope import Envelope, EnvelopeUnreadable
from contracts.messages import BY_TYPE
from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class Received:
    """One readable record; `topic` carries no prefix."""

    topic: str
    partition: int
    offset: int
    key: str
    envelope: Envelope
    data: Any


class Unreadable(Exception):
    """A record that cannot be read; the reason names what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What a reader takes: the types that it handles, and those that it knows and ignores."""

    types: frozenset[str]
    ignored: frozenset[str] = frozenset()

    @classmethod
    def of(cls, types: Collection[type[Data]], ignored: Collection[type[Data]] = ()) -> "Reads":
        """Name the types by their models."""
        return cls(frozenset(t.TYPE for t in types), frozenset(t.TYPE for t in ignored))


def read(record: ConsumerRecord, reads: Reads, prefix: str) -> Received | None:
    """Read a record; gives None for an ignored type, raises `Unreadable` that says why it cannot be read."""
    try:
        envelope = Envelope.read(record.headers)
    except EnvelopeUnreadable as error:
        raise Unreadable(str(error)) from None
    if envelope.type in reads.ignored:
        return None
    if envelope.type not in reads.types:
        raise Unreadable(f"type {envelope.type!r} is not one that this reader knows")
    return Received(
        topic=record.topic.removeprefix(prefix),
        partition=record.partition,
        offset=record.offset,
        key=(record.key or b"").decode(errors="replace"),
        envelope=envelope,
        data=read_data(BY_TYPE[envelope.type], record.value or b""),
    )


def read_data(model: type[Data], value: bytes) -> Data:
    """Read the data as its model; raises `Unreadable` that names the first wrong field."""
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"])) or "the value"
        raise Unreadable(f"{model.TYPE}: {path}: {first['msg']}") from None
