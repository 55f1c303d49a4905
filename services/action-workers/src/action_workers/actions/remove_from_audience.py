"""remove-from-audience: a contact out of an audience of an ad platform, for whatever reason it was in."""

from dataclasses import replace
from datetime import timedelta

from chassis.errors import Rejected, Retryable

from action_workers.actions.action import Action, Errand
from action_workers.actions.add_to_audience import AddToAudience, people_of
from action_workers.answers import Sent
from action_workers.memberships.orders import is_ours
from action_workers.providers.audiences import AudienceProvider, Change

REFUSED_PAUSE = timedelta(hours=6)


async def remove_from_audience(errand: Errand[AddToAudience, AudienceProvider]) -> Sent:
    """Remove the contact; what we owe by ourselves is asked again though the platform refuses."""
    params, platform = errand.params, errand.provider
    people = people_of(params, platform)
    change = Change(
        params.audience,
        add=False,
        people=people,
        key=errand.effect.id,
        settings=platform.understood(params.settings),
    )
    try:
        return replace(await platform.change(change), people=tuple(dict(person) for person in people))
    except Rejected as error:
        if not is_ours(errand.effect):
            raise
        raise Retryable(error.reason, after=REFUSED_PAUSE) from error


ACTION = Action(
    "remove-from-audience",
    "ad-audience",
    AddToAudience,
    AudienceProvider,  # type: ignore[type-abstract]  # the connection decides which platform it is
    remove_from_audience,
    timeout=30.0,
    repeatable=True,
)
