"""What all ad platforms have in common: audiences that exist there beforehand, and people known by hashes alone."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Literal
from uuid import UUID

from chassis.errors import Rejected
from contracts.data import Part

from action_workers.answers import Sent
from action_workers.providers.accounts import Provider

Person = Mapping[str, str]
NOBODY = "neither the contact's email nor the phone can be used; the phone needs its country code"


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


@dataclass(frozen=True, slots=True)
class CameOut:
    """How a request came out that a platform had taken."""

    well: bool
    words: str = ""


class AudienceProvider(Provider):
    """One open account at an ad platform; audiences are sets there, so a change that comes twice is one.

    `SMALLEST` is how many people an upload has at least, `KNOWS` the further settings that the platform understands.
    """

    WHO: ClassVar[str]
    SMALLEST: ClassVar[int] = 1
    LARGEST: ClassVar[int] = 10_000
    KNOWS: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def identifiers(self, email: str, phone: str) -> Person:
        """Give the hashes that the platform takes, by its own names; empty values where one cannot be used.

        Raises `Rejected` where the platform takes no hash that the connection allows.
        """

    @abstractmethod
    async def change(self, change: Change) -> Sent:
        """Change an audience; raises `Rejected`, `Retryable` or `Uncertain`."""

    async def came_out(self, reference: str) -> CameOut | None:  # noqa: ARG002  some platforms say
        """Ask how a request came out that was taken, None while it is worked on or where the platform does not say."""
        return None

    def longest_wait(self) -> timedelta:
        """Give how long rows wait for others where `SMALLEST` is more than one."""
        return timedelta(days=30)

    def person(self, email: str, phone: str) -> dict[str, str]:
        """Give the hashes by which the platform may know a person; raises `Rejected` where there is none."""
        known = {name: value for name, value in self.identifiers(email, phone).items() if value}
        if not known:
            raise Rejected(NOBODY)
        return known

    def understood(self, settings: AudienceSettings) -> AudienceSettings:
        """Give settings that the platform understands; raises `Rejected` that names one it does not."""
        strange = sorted(settings.model_dump(exclude_none=True).keys() - self.KNOWS)
        if strange:
            raise Rejected(f"{self.WHO} has no setting '{strange[0]}'; take it out of the rule")
        return settings


def no_audience(who: str, audience: str) -> Rejected:
    """Say that an audience is not there; rules make none."""
    return Rejected(f"{who} has no audience '{audience}' in this account; make it there first, or correct its id")
