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
    taken = (one for one in activities if one.kind in BUSY and one.state == "planned")
    spans = ((max(one.starts_at, since), min(one.ends_at or one.starts_at + SHORTEST, until)) for one in taken)
    return [Span(starts_at=begin, ends_at=end) for begin, end in laid_together(spans)]


def laid_together(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Give spans in their order, those as one that touch; one that is empty or turned round is left out."""
    laid: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if laid and begin <= laid[-1][1]:
            laid[-1] = laid[-1][0], max(laid[-1][1], end)
        elif begin < end:
            laid.append((begin, end))
    return laid
