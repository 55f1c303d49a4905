"""What all ad platforms have in common: audiences that exist there beforehand, and people known by hashes alone."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import httpx
from chassis.errors import Rejected
from typing_extensions import override

from action_workers.answers import Sent
from action_workers.providers.accounts import Provider
from action_workers.providers.changes import AudienceSettings, Change, Person
from action_workers.providers.together import Together

NOBODY = "neither the contact's email nor the phone can be used; the phone needs its country code"


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

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._together = Together(self.change, self.LARGEST)

    @override
    async def close(self) -> None:
        await self._together.close()
        await self._http.aclose()

    @abstractmethod
    def identifiers(self, email: str, phone: str) -> Person:
        """Give the hashes that the platform takes, by its own names; empty values where one cannot be used.

        Raises `Rejected` where the platform takes no hash that the connection allows.
        """

    @abstractmethod
    async def change(self, change: Change) -> Sent:
        """Change an audience by one request; raises `Invalid`, `Rejected`, `Retryable` or `Uncertain`."""

    async def change_with_others(self, change: Change) -> Sent:
        """Change an audience by a request that is shared with all who are asked for now; raises as `change`."""
        return await self._together.change(change)

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
