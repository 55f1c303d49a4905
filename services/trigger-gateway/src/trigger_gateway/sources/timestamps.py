"""Timestamps that senders sign, so that what was caught on the way is of no use later."""

from datetime import datetime

LONGEST = 12


def is_near(timestamp: str, at: datetime, seconds: int) -> bool:
    """Say whether a timestamp in seconds since 1970 is at most so many from a moment, either way."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST):
        return False
    return abs(at.timestamp() - int(timestamp)) <= seconds
