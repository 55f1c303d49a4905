"""Changes of audiences: whom one is about, and what is wrong with some of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from chassis.errors import Rejected
from contracts.data import Part

from action_workers.answers import Sent

Person = Mapping[str, str]


class AudienceSettings(Part):
    """What a rule may say further; each platform knows some of it.

    `consent` is the contact's to being advertised to, as Google asks for it. `client` is the agency's client, at VK.
    """

    consent: Literal["granted", "denied"] | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """People who are to be in an audience, or out of it; `key` is the same for the same change asked again."""

    audience: str
    add: bool
    people: tuple[Person, ...]
    key: UUID
    settings: AudienceSettings = field(default_factory=AudienceSettings)


class Invalid(Rejected):
    """The platform cannot use some of the people of a change, and would the others.

    `places` are theirs in the change, empty where it does not say whose. `rest` is its answer where it has taken the
    others, None where it has taken nobody.
    """

    def __init__(self, reason: str, *, places: Collection[int] = (), rest: Sent | None = None) -> None:
        super().__init__(reason)
        self.places = frozenset(places)
        self.rest = rest
