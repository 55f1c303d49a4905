"""remove-from-audience: a contact out of an audience of an ad platform, for whatever reason it was in."""

from datetime import timedelta

from chassis.errors import Rejected, Retryable

from action_workers.actions.action import Action, Errand
from action_workers.actions.add_to_audience import MOST_TOGETHER, AddToAudience, change_audience
from action_workers.answers import Sent
from action_workers.memberships.orders import is_ours
from action_workers.providers.audiences import AudienceProvider

REFUSED_PAUSE = timedelta(hours=6)


async def remove_from_audience(errand: Errand[AddToAudience, AudienceProvider]) -> Sent:
    """Remove the contact; what we owe by ourselves is asked again though the platform refuses."""
    try:
        return await change_audience(errand, add=False)
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
    concurrency=MOST_TOGETHER,
    repeatable=True,
)
