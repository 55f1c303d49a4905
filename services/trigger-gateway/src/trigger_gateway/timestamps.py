"""Moments as senders write them; many sign theirs, so that what was caught on the way soon is of no use."""

from datetime import UTC, datetime, timedelta

LONGEST = 12
LATEST = 253_402_300_799  # the last second of the year 9999


def is_near(timestamp: str, at: datetime, seconds: int) -> bool:
    """Say whether a timestamp is at most so many seconds from a moment, either way."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST):
        return False
    return abs(at.timestamp() - int(timestamp)) <= seconds


def read_iso(written: str) -> datetime | None:
    """Read a moment in ISO 8601 with its zone, in UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    return in_utc(moment) if moment.tzinfo else None


def in_utc(moment: datetime) -> datetime | None:
    """Give an aware moment in UTC; None for one that lies before the year 1 or behind 9999 there."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def put_ahead(moment: datetime, by: timedelta) -> datetime:
    """Put a moment ahead, as far as there is time."""
    try:
        return moment + by
    except OverflowError:
        return moment
