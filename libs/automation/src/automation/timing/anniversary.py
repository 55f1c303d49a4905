"""Anniversary: every year, an interval before or after the day of a date field."""

from calendar import isleap
from collections.abc import Iterator
from datetime import date, datetime
from itertools import count
from typing import Literal

from pydantic import Field
from typing_extensions import override

from automation.facts import EMPTY, Facts
from automation.intervals import Interval
from automation.timing.plans import Clock, DueAt, NoOccurrence, PlanContext, SkippedPast, Span, WaitingForDate
from automation.timing.recurring import Recurring, unknown
from automation.wall_times import at_time, moment, read_wall, wall
from automation.working_time import WorkingTime

LEAP_DAY = (2, 29)


class Anniversary(Recurring):
    """Due every year, as `{anniversary: contact.birthday, by: 2 days, at: "10:00"}`; each year is an occurrence.

    The day of the year is found first, then the interval and the wall time are applied to it; the year is that of
    the day, also where the interval leads into another one.
    """

    anniversary: str = Field(min_length=1)
    by: Span = Interval()
    side: Literal["before", "after"] = "before"
    at: Clock | None = None

    @property
    @override
    def date_path(self) -> str:
        return self.anniversary

    @override
    def one(self, moment: PlanContext) -> DueAt | SkippedPast | WaitingForDate | NoOccurrence:
        if not _is_year(moment.occurrence):
            return unknown(moment)
        day = self._day(moment, moment.occurrence)
        if isinstance(day, WaitingForDate):
            return day
        at = self._moment(day, int(moment.occurrence), moment.facts)
        if at < moment.now:
            words = f"{self._cause(day, moment.occurrence)}: {at:%Y-%m-%d %H:%M} UTC was over when it was planned"
            return SkippedPast(at, words, moment.occurrence)
        return self._named(day, moment.occurrence, at, moment)

    @override
    def first(self, moment: PlanContext) -> DueAt | SkippedPast | WaitingForDate:
        this_year = f"{wall(moment.now, self.zone_of(moment.facts)).year:04}"
        day = self._day(moment, this_year)
        if isinstance(day, WaitingForDate):
            return day
        for year in self._years(moment):
            at = self._moment(day, year, moment.facts)
            if at >= moment.now:
                return self._named(day, f"{year:04}", at, moment)
        raise LookupError("years are endless")

    @override
    def following(self, moment: PlanContext) -> DueAt | SkippedPast | WaitingForDate:
        if not _is_year(moment.occurrence):
            return self.first(moment)
        name = f"{int(moment.occurrence) + 1:04}"
        day = self._day(moment, name)
        if isinstance(day, WaitingForDate):
            return day
        return self._named(day, name, self._moment(day, int(name), moment.facts), moment)

    @override
    def instead(self, moment: PlanContext) -> DueAt | SkippedPast | WaitingForDate:
        return self.first(moment)

    def _day(self, moment: PlanContext, occurrence: str) -> datetime | WaitingForDate:
        value = moment.facts.get(self.anniversary)
        if value is EMPTY:
            return WaitingForDate(self.anniversary, occurrence=occurrence)
        written = value.isoformat() if isinstance(value, date) else str(value)
        try:
            return read_wall(written, self.zone_of(moment.facts))
        except ValueError as error:
            return WaitingForDate(self.anniversary, f"{self.anniversary}: {error}", occurrence)

    def _years(self, moment: PlanContext) -> Iterator[int]:
        """Give years in their order, from one whose moment is surely not after now."""
        zone, working = self.zone_of(moment.facts), self._counting(moment.facts)
        before = self.side == "before"
        if working is not None:
            there = working.add(moment.now, self.by) if before else working.back(moment.now, self.by)
        else:
            there = self.by.after(moment.now, zone) if before else self.by.before(moment.now, zone)
        return count(max(1, wall(there, zone).year - 2))

    def _moment(self, day: datetime, year: int, facts: Facts) -> datetime:
        zone, working = self.zone_of(facts), self._counting(facts)
        shown = _in_year(day, year)
        yearly = moment(shown, zone)
        before = self.side == "before"
        if working is not None:
            move = working.back if before else working.add
            return move(yearly, self.by, self.at, shown if zone.key == working.zone.key else None, zone)
        moved = self.by.before(yearly, zone, shown) if before else self.by.after(yearly, zone, shown)
        landed = moved if self.at is None else at_time(moved, self.at, zone)
        open_ = self.calendar(facts)
        return open_.next_moment(landed) if open_ else landed

    def _counting(self, facts: Facts) -> WorkingTime | None:
        # The working time of the rule moves the result only; `2 working days` are counted in it.
        return self.counting(self.by, facts) if self.by.working else None

    def _named(self, day: datetime, year: str, at: datetime, moment: PlanContext) -> DueAt | SkippedPast:
        return self.named(year, at, self._cause(day, year), moment)

    def _cause(self, day: datetime, year: str) -> str:
        length = "on" if self.by.is_zero else f"{self.by} {self.side}"
        clock = f", at {self.at:%H:%M}" if self.at else ""
        return f"{length} the anniversary of {self.anniversary} ({day:%Y-%m-%d}) in {year}{clock}"


def _in_year(day: datetime, year: int) -> datetime:
    if (day.month, day.day) == LEAP_DAY and not isleap(year):
        return day.replace(year=year, day=28)
    return day.replace(year=year)


def _is_year(written: str) -> bool:
    return len(written) == len("2026") and written.isdigit()
