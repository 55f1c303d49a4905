"""remove-from-audience: the contact out of an audience of an ad platform, for whatever reason it was in."""

from automation.actions.action import Action, People
from automation.actions.add_to_audience import PlatformParams, finish


class RemoveFromAudience(PlatformParams):
    """`connection` is the ad platform's account."""

    to: People = "contact"


ACTION = Action("remove-from-audience", "ad-audience", "audience", "compensable", RemoveFromAudience, finish=finish)
