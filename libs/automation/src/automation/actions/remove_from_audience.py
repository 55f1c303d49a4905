"""remove-from-audience: the contact out of an audience of an ad platform, for whatever reason it was in."""

from dataclasses import replace

from automation.actions.action import Action, Effects, People
from automation.actions.add_to_audience import PlatformParams, finish
from automation.facts import Facts


class RemoveFromAudience(PlatformParams):
    """`connection` is the ad platform's account."""

    to: People = "contact"


def finish_anyway(effects: Effects, facts: Facts) -> Effects:
    """Take out those too who agreed to no advertising: they are the first who should not be there."""
    known = tuple(one.model_copy(update={"missing": ""}) if one.contact else one for one in effects.recipients)
    return finish(replace(effects, recipients=known), facts)


ACTION = Action(
    "remove-from-audience", "ad-audience", "audience", "compensable", RemoveFromAudience, finish=finish_anyway
)
