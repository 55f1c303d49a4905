"""Visits of a site by people who are known and agreed to it: the settings of a `visits` source."""

from pydantic import Field

from contracts.data import Part

DAY = 24 * 60
# The key among an item's fields that says that the visits of its client concern it.
WATCHED = "watch_visits"


class VisitSettings(Part):
    """What is a visit, and what a return; `sites` are the origins whose pages may tell of visits.

    Pages that are opened within `session` minutes of each other are one visit; who was away for `away` minutes or more
    returns. A visitor who does not come for `keep_days` is forgotten.
    """

    sites: tuple[str, ...] = ()
    session: int = Field(default=30, ge=1, le=DAY)
    away: int = Field(default=DAY, ge=1, le=365 * DAY)
    keep_days: int = Field(default=395, ge=1, le=800)
