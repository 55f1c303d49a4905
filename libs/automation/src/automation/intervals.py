"""Intervals as people write them, and their arithmetic: months, weeks and days are calendar time, the rest elapses."""

import functools
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from typing_extensions import override

from automation.wall_times import moment, wall

PIECE = re.compile(
    r"\s*(?:,|and\b)?\s*(\d{1,9})\s*(working\s+)?(year|month|week|day|hour|minute|second)s?\b", re.IGNORECASE
)
MONTHS = {"year": 12, "month": 1}
SECONDS = {"hour": 3600, "minute": 60, "second": 1}
LONGEST_YEARS = 100


@dataclass(frozen=True, slots=True)
class Interval:
    """A length of time; `working` counts days, hours, minutes and seconds in working time only."""

    months: int = 0
    weeks: int = 0
    days: int = 0
    seconds: int = 0
    working: bool = False

    @classmethod
    def read(cls, written: str) -> "Interval":
        """Read `2 days 3 hours`, `1 working day`, `1 year`; raises `ValueError` that shows the form."""
        counts = dict.fromkeys(("months", "weeks", "days", "seconds"), 0)
        position, working = 0, False
        while piece := PIECE.match(written, position):
            unit, number = piece[3].lower(), int(piece[1])
            field, factor = _place(unit)
            counts[field] += number * factor
            working = working or piece[2] is not None
            position = piece.end()
        if position == 0 or written[position:].strip():
            raise ValueError(f"{written!r} is not an interval; write it like '2 days 3 hours' or '1 working day'")
        return cls(**counts, working=working).checked()

    def checked(self) -> "Interval":
        """Give the interval itself; raises `ValueError` where it is longer than any rule can wait."""
        years = self.months / 12 + self.weeks / 52 + self.days / 365 + self.seconds / 31_536_000
        if years > LONGEST_YEARS:
            raise ValueError(f"{self} is longer than {LONGEST_YEARS} years")
        return self

    @property
    def is_zero(self) -> bool:
        """Say whether nothing is waited for."""
        return not (self.months or self.weeks or self.days or self.seconds)

    @property
    def elapses(self) -> bool:
        """Say whether it is the same length wherever and whenever it is counted."""
        return not (self.months or self.weeks or self.days or self.working)

    def elapsed(self, start: datetime) -> datetime:
        """Give the moment this long after `start`, in UTC, where it elapses."""
        return start.astimezone(UTC) + timedelta(seconds=self.seconds)

    def shortest(self) -> timedelta:
        """Give a length that the interval is never shorter than."""
        return timedelta(days=self.months * 28 + self.weeks * 7 + self.days, seconds=self.seconds)

    def after(self, start: datetime, zone: ZoneInfo, shown: datetime | None = None) -> datetime:
        """Give the moment this long after `start`, in UTC; `shown` is the wall time that was written for it."""
        return self._apart(start, zone, 1, shown)

    def before(self, end: datetime, zone: ZoneInfo, shown: datetime | None = None) -> datetime:
        """Give the moment this long before `end`, in UTC; `shown` is the wall time that was written for it."""
        return self._apart(end, zone, -1, shown)

    def _apart(self, start: datetime, zone: ZoneInfo, sign: int, shown: datetime | None) -> datetime:
        at = start.astimezone(UTC)
        if self.months or self.weeks or self.days:
            # Midnight of a day may not exist, and that of the day before it does.
            there = shown or wall(start, zone)
            if self.months:
                there += relativedelta(months=sign * self.months)
            at = moment(there + timedelta(days=sign * (7 * self.weeks + self.days)), zone)
        return at + sign * timedelta(seconds=self.seconds)

    @override
    def __str__(self) -> str:
        return _words(self)


@functools.lru_cache(maxsize=1024)
def _words(interval: Interval) -> str:
    hours, rest = divmod(interval.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    years, months = divmod(interval.months, 12)
    named = {"year": years, "month": months, "week": interval.weeks, "day": interval.days}
    named |= {"hour": hours, "minute": minutes, "second": seconds}
    pieces = [
        f"{number} {'working ' if interval.working else ''}{unit}{'' if number == 1 else 's'}"
        for unit, number in named.items()
        if number
    ]
    return " ".join(pieces) or "0 minutes"


def _place(unit: str) -> tuple[str, int]:
    if unit in MONTHS:
        return "months", MONTHS[unit]
    if unit in SECONDS:
        return "seconds", SECONDS[unit]
    return f"{unit}s", 1
