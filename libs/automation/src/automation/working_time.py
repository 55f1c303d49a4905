"""Working time: an opening moment counts as working, a closing one does not; what is outside moves forward.

The working moments of a calendar, laid end to end, make a scale without holes: a moment is turned into its place on
the scale, the interval is added there, and the place turned back. Each year is laid out once and kept, so the cost
does not grow with the length of an interval.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.config import Calendar
from dateutil.relativedelta import relativedelta

from automation.documents import DocumentError
from automation.intervals import Interval
from automation.public_holidays import public_holidays
from automation.wall_times import at_time, exists, moment, read_time, read_zone, wall

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MIDNIGHT = "24:00"
# Where a calendar has no working moment for so long, it has none.
GIVE_UP_YEARS = 120


class NoWorkingTime(DocumentError):
    """The calendar has no working moment to move to."""


@dataclass(frozen=True, slots=True)
class _Year:
    """The working spans of one year in ticks since 1970, and how much of the scale lies before each."""

    opens: list[int]
    closes: list[int]
    before: list[int]
    total: int
    days: list[date]

    def place(self, tick: int) -> int:
        """Give the place of a moment on this year's scale."""
        nearest = bisect_right(self.closes, tick)
        if nearest == len(self.opens):
            return self.total
        return self.before[nearest] + max(0, tick - self.opens[nearest])

    def tick(self, place: int) -> int:
        """Give the working moment at a place on this year's scale."""
        span = bisect_right(self.before, place) - 1
        return self.opens[span] + place - self.before[span]


class WorkingTime:
    """The working moments of one calendar."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = read_zone(calendar.zone)
        self._weekly = {day: [_hours(calendar, *span) for span in spans] for day, spans in calendar.weekly.items()}
        self._holidays = frozenset(date.fromisoformat(day) for day in calendar.holidays)
        self._years: dict[int, _Year] = {}

    def is_working(self, at: datetime) -> bool:
        """Say whether this is a working moment."""
        return self.next_moment(at) == at

    def next_moment(self, at: datetime) -> datetime:
        """Give the moment itself where it is a working one, else the next that is."""
        return self._move(at, timedelta())

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """Give the working spans of a day of the calendar's zone, as moments."""
        year = self._year(day.year)
        moments = (
            (EPOCH + opens * TICK, EPOCH + closes * TICK) for opens, closes in zip(year.opens, year.closes, strict=True)
        )
        return [(opens, closes) for opens, closes in moments if wall(opens, self.zone).date() == day]

    def add(
        self,
        start: datetime,
        interval: Interval,
        at: time | None = None,
        shown: datetime | None = None,
        zone: ZoneInfo | None = None,
    ) -> datetime:
        """Give the working moment this long after `start`: days are working days and keep the wall time, `shown`.

        It is brought to the wall time `at` by the clocks of `zone`, else by those of the calendar.
        """
        there = (shown or wall(start, self.zone)) + relativedelta(months=interval.months, weeks=interval.weeks)
        if interval.days:
            there = datetime.combine(self._day(there.date(), interval.days), there.time())
        landed = self._land(start, there, timedelta(seconds=interval.seconds))
        return self._opened(landed, at, zone)

    def back(
        self,
        end: datetime,
        interval: Interval,
        at: time | None = None,
        shown: datetime | None = None,
        zone: ZoneInfo | None = None,
    ) -> datetime:
        """Give the working moment this long before `end`, which first moves back to a working day."""
        there = shown or wall(end, self.zone)
        there = datetime.combine(self._day(there.date() + timedelta(days=1), -1), there.time())
        there -= relativedelta(months=interval.months, weeks=interval.weeks)
        if interval.days:
            there = datetime.combine(self._day(there.date(), -interval.days), there.time())
        landed = self._land(end, there, -timedelta(seconds=interval.seconds))
        return self._opened(landed, at, zone)

    def _land(self, start: datetime, there: datetime, rest: timedelta) -> datetime:
        # The second 01:30 of a day with two stays the second one where no calendar part moved it.
        landed = start if there == wall(start, self.zone) else moment(there, self.zone)
        return self._move(landed, rest) if rest else landed

    def _opened(self, landed: datetime, at: time | None, zone: ZoneInfo | None) -> datetime:
        return self.next_moment(landed if at is None else at_time(landed, at, zone or self.zone))

    def _move(self, start: datetime, by: timedelta) -> datetime:
        year = wall(start, self.zone).year
        first = year
        place = self._year(year).place((start - EPOCH) // TICK) + by // TICK
        while place < 0:
            year = self._next(year, first, -1)
            place += self._year(year).total
        while place >= self._year(year).total:
            place -= self._year(year).total
            year = self._next(year, first, 1)
        return EPOCH + self._year(year).tick(place) * TICK

    def _day(self, start: date, number: int) -> date:
        """Give the n-th working day after `start`, or before it where `number` is negative."""
        year, first = start.year, start.year
        days = self._year(year).days
        index = (bisect_right(days, start) - 1 if number > 0 else bisect_left(days, start)) + number
        while index < 0:
            year = self._next(year, first, -1)
            index += len(self._year(year).days)
        while index >= len(self._year(year).days):
            index -= len(self._year(year).days)
            year = self._next(year, first, 1)
        return self._year(year).days[index]

    def _next(self, year: int, first: int, step: int) -> int:
        if not any(self._weekly.values()) or abs(year - first) >= GIVE_UP_YEARS:
            raise NoWorkingTime("working_time", f"calendar {self.calendar.id!r} has no working hours")
        return year + step

    def _year(self, year: int) -> _Year:
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = self._lay_out(year)
        return known

    def _lay_out(self, year: int) -> _Year:
        laid = _Year([], [], [], 0, [])
        total, day = 0, date(year, 1, 1)
        holidays = self._holidays | public_holidays(self.calendar.country, year)
        while day.year == year:
            spans = self._spans(day) if day not in holidays and exists(day, self.zone) else []
            if spans:
                laid.days.append(day)
            for earliest, closes in spans:
                # Where a gap moves closing past midnight, the next day does not open again meanwhile.
                opens = max(earliest, laid.closes[-1]) if laid.closes else earliest
                if opens >= closes:
                    continue
                laid.opens.append(opens)
                laid.closes.append(closes)
                laid.before.append(total)
                total += closes - opens
            day += timedelta(days=1)
        return _Year(laid.opens, laid.closes, laid.before, total, laid.days)

    def _spans(self, day: date) -> list[tuple[int, int]]:
        midnight = datetime.combine(day, time())
        merged: list[tuple[int, int]] = []
        for opens, closes in sorted(self._ticks(midnight, span) for span in self._weekly.get(day.weekday(), ())):
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
            elif opens < closes:
                merged.append((opens, closes))
        return merged

    def _ticks(self, midnight: datetime, span: tuple[timedelta, timedelta]) -> tuple[int, int]:
        opens, closes = ((moment(midnight + offset, self.zone) - EPOCH) // TICK for offset in span)
        return opens, closes


def _hours(calendar: Calendar, opens: str, closes: str) -> tuple[timedelta, timedelta]:
    span = _offset(opens), _offset(closes)
    if span[0] >= span[1]:
        raise DocumentError("weekly", f"calendar {calendar.id!r}: {opens} to {closes} is not a span within one day")
    return span


def _offset(written: str) -> timedelta:
    if written == MIDNIGHT:
        return timedelta(days=1)
    clock = read_time(written)
    return timedelta(hours=clock.hour, minutes=clock.minute)
