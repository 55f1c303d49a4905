"""add-to-audience: a contact's email and phone, hashed, to an audience of an ad platform."""

from dataclasses import replace
from uuid import UUID

from pydantic import Field

from action_workers.actions.action import Action, Errand
from action_workers.answers import Gathered, Sent
from action_workers.providers.audiences import AudienceProvider
from action_workers.providers.changes import AudienceSettings, Change, Person

# Those who are due together go in one request.
MOST_TOGETHER = 1000


class AddToAudience(AudienceSettings):
    """Only these two identifiers leave the system, and only as hashes.

    What this service orders of itself (`memberships/orders.py`) carries `people`, as hashes, and why.
    """

    audience: str
    email: str = ""
    phone: str = ""
    remove_when: str | None = None
    people: tuple[dict[str, str], ...] = ()
    contact: UUID | None = None
    of: tuple[UUID, ...] = Field(())
    because: str = ""

    @property
    def settings(self) -> AudienceSettings:
        """Give what the rule says further."""
        return AudienceSettings(**{name: getattr(self, name) for name in AudienceSettings.model_fields})


def people_of(params: AddToAudience, platform: AudienceProvider) -> tuple[Person, ...]:
    """Give whom a change is about; raises `Rejected` where the platform cannot know them."""
    return params.people or (platform.person(params.email, params.phone),)


async def add_to_audience(errand: Errand[AddToAudience, AudienceProvider]) -> Sent | Gathered:
    """Add the contact, or let it wait where the platform takes no fewer than many at once."""
    params, platform = errand.params, errand.provider
    platform.understood(params.settings)
    if len(people_of(params, platform)) < platform.SMALLEST:
        return Gathered(f"waits until {platform.SMALLEST} can go together")
    return await change_audience(errand, add=True)


async def change_audience(errand: Errand[AddToAudience, AudienceProvider], *, add: bool) -> Sent:
    """Change the audience, in one request with all who are due now."""
    params, platform = errand.params, errand.provider
    people, settings = people_of(params, platform), platform.understood(params.settings)
    change = Change(params.audience, add=add, people=people, key=errand.effect.id, settings=settings)
    return replace(await platform.change_with_others(change), people=tuple(dict(person) for person in people))


ACTION = Action(
    "add-to-audience",
    "ad-audience",
    AddToAudience,
    AudienceProvider,  # type: ignore[type-abstract]  # the connection decides which platform it is
    add_to_audience,
    timeout=30.0,
    concurrency=MOST_TOGETHER,
    repeatable=True,
)
