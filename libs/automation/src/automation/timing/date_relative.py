"""Before or after a date: a field of the item or of what it links to, moved by an interval, at a wall time."""

from abc import abstractmethod
from datetime import date, datetime
from typing import Any

from pydantic import Field
from typing_extensions import override

from automation.facts import EMPTY
from automation.intervals import Interval
from automation.timing.plans import Clock, DueAt, IfPast, PlanContext, SkippedPast, Span, Timing, WaitingForDate
from automation.wall_times import at_time, read_moment
from automation.working_time import WorkingTime


class DateRelative(Timing):
    """Due relative to a date; a date without an hour is 00:00 in the zone."""

    by: Span = Interval()
    at: Clock | None = None

    @override
    def plan(self, moment: PlanContext) -> DueAt | SkippedPast | WaitingForDate:
        path = self._path()
        value = moment.facts.get(path)
        if value is EMPTY:
            return WaitingForDate(path)
        try:
            anchor = self._anchor(value, moment)
        except ValueError as error:
            return WaitingForDate(path, f"{path}: {error}")
        return self.due(self._moved(anchor, moment), self._cause(value), moment)

    @property
    @override
    def date_path(self) -> str:
        return self._path()

    @abstractmethod
    def _path(self) -> str:
        """Give the date field."""

    @abstractmethod
    def _cause(self, value: object) -> str:
        """Say how the moment comes about."""

    @abstractmethod
    def _elapsed(self, anchor: datetime, moment: PlanContext) -> datetime:
        """Move the date by the interval."""

    @abstractmethod
    def _worked(self, anchor: datetime, working: WorkingTime) -> datetime:
        """Move the date by the interval in working time, and to the wall time."""

    def _anchor(self, value: Any, moment: PlanContext) -> datetime:
        if isinstance(value, datetime):
            return value
        written = value.isoformat() if isinstance(value, date) else str(value)
        return read_moment(written, self.zone_of(moment.facts))

    def _moved(self, anchor: datetime, moment: PlanContext) -> datetime:
        working = self.counting(self.by, moment.facts)
        if working is not None:
            return self._worked(anchor, working)
        moved = self._elapsed(anchor, moment)
        return moved if self.at is None else at_time(moved, self.at, self.zone_of(moment.facts))

    def _words(self, side: str, value: object) -> str:
        length = "at the date" if self.by.is_zero else f"{self.by} {side}"
        clock = f", at {self.at:%H:%M}" if self.at else ""
        return self.words(f"{length} {self._path()} ({value}){clock}")


class Before(DateRelative):
    """Due an interval before a date, as `{before: item.payment_due, by: 1 day, at: "10:00"}`; past means skip."""

    before: str
    if_past: IfPast = "skip"

    @override
    def _path(self) -> str:
        return self.before

    @override
    def _cause(self, value: object) -> str:
        return self._words("before", value)

    @override
    def _elapsed(self, anchor: datetime, moment: PlanContext) -> datetime:
        return self.by.before(anchor, self.zone_of(moment.facts))

    @override
    def _worked(self, anchor: datetime, working: WorkingTime) -> datetime:
        return working.back(anchor, self.by, self.at)


class AfterDate(DateRelative):
    """Due an interval after a date, as `{after_date: item.delivered_on, by: 2 weeks}`."""

    after_date: str = Field(min_length=1)

    @override
    def _path(self) -> str:
        return self.after_date

    @override
    def _cause(self, value: object) -> str:
        return self._words("after", value)

    @override
    def _elapsed(self, anchor: datetime, moment: PlanContext) -> datetime:
        return self.by.after(anchor, self.zone_of(moment.facts))

    @override
    def _worked(self, anchor: datetime, working: WorkingTime) -> datetime:
        return working.add(anchor, self.by, self.at)
