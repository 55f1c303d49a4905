"""The bodies of requests and answers about sources and their kept deliveries."""

import base64
from dataclasses import asdict
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.data import JsonObject, Part
from pydantic import ConfigDict, Field

from trigger_gateway.kept.reading import Refusal, Tells
from trigger_gateway.store.kept import Brief, Filter, Whole

LONGEST_SAMPLE = 1_000_000


class Body(Part):
    """What a request brings; a key that nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Counted(Part):
    """So many of one outcome; `reason` says why, of those that were refused."""

    outcome: str
    reason: str
    count: int
    last_at: datetime


class Standing(Part):
    """How a source stands; counts are some seconds old."""

    source: str
    kind: str
    last_delivery_at: datetime | None
    counts: list[Counted]


class Listed(Part):
    """A part of the deliveries of a source, newest first; `next` is the `after` of the following part."""

    deliveries: list[Brief]
    next: str | None


class Shown(Part):
    """A delivery with all that came, and what it tells as its source is set up now, or why it would be refused."""

    id: UUID
    delivery: str
    outcome: str
    received_at: datetime
    repeats: int
    signal: UUID | None
    headers: dict[str, str]
    body: str
    encoding: Literal["text", "base64"]
    tells: list[Tells]
    refused: Refusal | None


class Wanted(Body):
    """Which deliveries: empty means any; `after` is the `next` of the part before."""

    outcome: Filter = ""
    since: datetime | None = None
    after: str = Field("", max_length=100)
    limit: int = Field(50, ge=1, le=500)


class Replay(Body):
    """How to replay: under its own id, which changes nothing for items that it reached, or as a new delivery."""

    as_new: bool = False


class Trial(Body):
    """What to try: a kept delivery, or a sample; with settings that are not saved, or as the source is now."""

    delivery: UUID | None = None
    sample: str | None = Field(None, max_length=LONGEST_SAMPLE)
    headers: dict[str, str] = Field(default_factory=dict)
    settings: JsonObject | None = None
    identities: dict[str, str] | None = None
    required: tuple[str, ...] | None = None
    signals: str | None = None


class Tried(Part):
    """What a trial showed: the signals that would follow, or why it would be refused."""

    tells: list[Tells]
    refused: Refusal | None


def shown(whole: Whole, tried: Tried) -> Shown:
    """Show a delivery: its body as text where it is text."""
    kept = asdict(whole)
    try:
        body, encoding = whole.body.decode(), "text"
    except UnicodeDecodeError:
        body, encoding = base64.b64encode(whole.body).decode(), "base64"
    return Shown.model_validate(kept | {"body": body, "encoding": encoding, **dict(tried)})
