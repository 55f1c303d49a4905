"""When somebody is busy: their calls and meetings that are to come, laid together; nobody is told what they are."""

from collections.abc import Iterable
from datetime import datetime

from contracts.data import Part

from crm_api.activities.activity import Activity
from crm_api.calendars.icalendar_text import SHORTEST

BUSY = frozenset({"call", "meeting"})


class Span(Part):
    """A span of time."""

    starts_at: datetime
    ends_at: datetime


def busy(activities: Iterable[Activity], since: datetime, until: datetime) -> list[Span]:
    """Give the spans between two moments in which somebody is busy, in their order, none of which touch."""
    spans = sorted(
        (max(one.starts_at, since), min(one.ends_at or one.starts_at + SHORTEST, until))
        for one in activities
        if one.kind in BUSY and one.state == "planned"
    )
    laid: list[tuple[datetime, datetime]] = []
    for begin, end in spans:
        if laid and begin <= laid[-1][1]:
            laid[-1] = laid[-1][0], max(laid[-1][1], end)
        elif begin < end:
            laid.append((begin, end))
    return [Span(starts_at=begin, ends_at=end) for begin, end in laid]
