"""What happened, normalised, on `triggers.signals`."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.data import Data, JsonObject, Part


class Identity(Part):
    """One way to know a person: a normalised phone (E.164), email or chat address."""

    kind: Literal["phone", "email", "chat"]
    value: str


class Sets(Part):
    """What the source is set to change on the bound item before any trigger is chosen."""

    stage: str | None = None
    fields: JsonObject = Field(default_factory=dict)


class Signal(Data):
    """Something happened outside or inside; derived ids make a repeat harmless.

    `binding` names the item that it is about; else `identities` find the contact.
    """

    TYPE: ClassVar[str] = "signal.received.v1"
    id: UUID
    kind: str
    source: str
    happened_at: datetime
    binding: UUID | None = None
    identities: tuple[Identity, ...] = ()
    payload: JsonObject = Field(default_factory=dict)
    sets: Sets | None = None


class DeliveryRepeated(Data):
    """A source delivered again what it had delivered; `first` is the signal of the first delivery."""

    TYPE: ClassVar[str] = "signal.delivery-repeated.v1"
    first: UUID
    kind: str
    source: str
    delivery: str
    received_at: datetime
