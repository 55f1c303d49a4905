"""A contact in an audience, the reasons for it, and when a reason is over."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from contracts.data import JsonObject

from action_workers.effect import Effect

KIND = "ad-audience"
ADD, REMOVE = "add-to-audience", "remove-from-audience"


class Place(NamedTuple):
    """One contact's place in one audience of one account."""

    connection: str
    audience: str
    contact: UUID


@dataclass(frozen=True, slots=True)
class Reason:
    """An effect that put a contact there, and what ends it: `leave`, `success`, `failure`, or empty for nothing."""

    effect: UUID
    place: Place
    item: UUID
    activation: int
    remove_when: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """What the platform holds of a contact: each set of hashes that ever went there."""

    place: Place
    people: tuple[dict[str, str], ...] = ()
    settings: JsonObject = field(default_factory=dict)
    removal: UUID | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an item stands, as far as was heard: its last activations of each kind, and whether it is deleted."""

    item: UUID
    activation: int = 0
    success: int = 0
    failure: int = 0
    deleted: bool = False


def over(reason: Reason, stand: Stand) -> str:
    """Say in words why a reason is over, empty while it is not."""
    if not reason.remove_when:
        return ""
    if stand.deleted:
        return "the item was deleted"
    if reason.remove_when == "leave":
        return "the item left the stage" if stand.activation > reason.activation else ""
    reached = stand.success if reason.remove_when == "success" else stand.failure
    return f"the item ended in {reason.remove_when}" if reached > reason.activation else ""


def place_of(effect: Effect) -> Place | None:
    """Give the place that an effect is about; None where it is about nobody whom we know."""
    contact = effect.recipient.contact or effect.params.get("contact")
    audience = effect.params.get("audience")
    return Place(effect.connection, str(audience), UUID(str(contact))) if contact and audience else None
