"""What a calendar client need not read again: the span of time that a feed shows, and the mark of what it shows."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime

from crm_api.activities.activity import Activity

PAST, FUTURE = timedelta(days=92), timedelta(days=731)
MOST = 1000


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
