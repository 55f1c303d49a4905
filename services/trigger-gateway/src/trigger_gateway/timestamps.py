"""Timestamps in seconds since 1970; many senders sign theirs, so that what was caught on the way soon is of no use."""

from datetime import datetime

LONGEST = 12
LATEST = 253_402_300_799  # the last second of the year 9999


def is_near(timestamp: str, at: datetime, seconds: int) -> bool:
    """Say whether a timestamp is at most so many seconds from a moment, either way."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST):
        return False
    return abs(at.timestamp() - int(timestamp)) <= seconds
