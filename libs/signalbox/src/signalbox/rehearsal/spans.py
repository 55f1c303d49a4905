"""Lengths of time and moments, as people type them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PIECE = re.compile(r"(\d{1,6})\s*(w|d|h|m|s)", re.IGNORECASE)
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
# A moment that far ahead is still one that databases and calendars know.
LONGEST = timedelta(days=36_525)
WITH_ZONE = re.compile(r"(?P<moment>[^\[\]]+)\[(?P<zone>[^\[\]]+)\]")


def read_span(written: str) -> timedelta:
    """Read `3d`, `90m`, `1d 2h`; raises `ValueError` that shows the form. A day is 24 hours."""
    pieces = PIECE.findall(written)
    rest = PIECE.sub("", written).strip()
    if not pieces or rest:
        raise ValueError(f"{written!r} is no length of time; write it like 3d, 2h, 90m, 45s or '1d 2h'")
    length = timedelta()
    for number, unit in pieces:
        length += timedelta(**{UNITS[unit.lower()]: int(number)})
    if length > LONGEST:
        raise ValueError(f"{written!r} is too long; a rehearsal goes at most 100 years at once")
    return length


def read_moment(written: str, zone: ZoneInfo) -> datetime:
    """Read `2026-12-24T09:00`, in a zone unless one is written behind it; raises `ValueError` that shows the form."""
    found = WITH_ZONE.fullmatch(written.strip())
    try:
        named = ZoneInfo(found["zone"]) if found else zone
        moment = datetime.fromisoformat(found["moment"] if found else written.strip())
    except (ValueError, OSError, ZoneInfoNotFoundError):  # a part of the world is a folder, and no zone
        example = "2026-12-24T09:00, 2026-12-24T09:00[Europe/Lisbon] or 2026-12-24T09:00Z"
        raise ValueError(f"{written!r} is no moment; write it like {example}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=named)
