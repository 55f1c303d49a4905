"""The secret part of a calendar's address: 256 random bits, shown once, kept as their SHA-256."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime

from crm_api.activities.activity import Activity

PAST, FUTURE = timedelta(days=92), timedelta(days=731)
MOST = 1000


def new_token() -> str:
    """Make one that nobody can guess."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Give what is kept of a token; with so many random bits nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def window(now: datetime) -> tuple[datetime, datetime]:
    """Give the span of time that a feed shows; its edges are days, so that what it shows stays alike for a while."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today - PAST, today + FUTURE


def headers(whose: Sequence[str], activities: Sequence[Activity], now: datetime) -> dict[str, str]:
    """Give by what a client knows that it has this already: what it is called, and each version that it shows."""
    last = max((one.changed_at for one in activities), default=now)
    shown = (*whose, *(f"{one.id} {one.version}" for one in activities))
    return {
        "ETag": f'"{hashlib.sha256(chr(10).join(shown).encode()).hexdigest()[:32]}"',
        "Last-Modified": format_datetime(last, usegmt=True),
        "Cache-Control": "private, max-age=60",
    }
