"""What really happened, kept for simulation, analysis and replay: messages as they were published."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from contracts.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `kind` is the type of its message, `body` the message as JSON."""

    at: datetime
    kind: str
    key: str
    body: str


def entry(envelope: Envelope, key: str, value: bytes, at: datetime) -> Entry:
    """Make the entry of a message: what its envelope says of its cause, and its data as it travels."""
    cause = envelope.cause
    told = {
        "id": envelope.id,
        "correlation": cause.correlation,
        "causation": cause.causation,
        "hops": cause.hops,
        "actor": cause.actor,
        "persons": envelope.persons,
        "data": msgspec.Raw(value),
    }
    return Entry(at, envelope.type, key, msgspec.json.encode(told).decode())
