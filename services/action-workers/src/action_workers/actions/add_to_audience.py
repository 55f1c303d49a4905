"""add-to-audience: a contact's email and phone, hashed, to an audience of an ad platform."""

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.providers.audiences import AudienceProvider, AudienceSettings, Change


class AddToAudience(AudienceSettings):
    """Only these two identifiers leave the system, and only as hashes."""

    audience: str
    email: str = ""
    phone: str = ""

    @property
    def settings(self) -> AudienceSettings:
        """Give what the rule says further."""
        return AudienceSettings(**{name: getattr(self, name) for name in AudienceSettings.model_fields})


async def add_to_audience(errand: Errand[AddToAudience, AudienceProvider]) -> Sent:
    """Add the contact."""
    params, platform = errand.params, errand.provider
    person = platform.person(params.email, params.phone)
    settings = platform.understood(params.settings)
    return await platform.change(
        Change(params.audience, add=True, people=(person,), key=errand.effect.id, settings=settings)
    )


ACTION = Action(
    "add-to-audience",
    "ad-audience",
    AddToAudience,
    AudienceProvider,  # type: ignore[type-abstract]  # the connection decides which platform it is
    add_to_audience,
    timeout=30.0,
    repeatable=True,
)
