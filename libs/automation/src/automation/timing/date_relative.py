"""Before or after a date: a field of the item or of what it links to, moved by an interval, at a wall time."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field
from typing_extensions import override

from automation.documents import DocumentError
from automation.facts import EMPTY
from automation.intervals import Interval
from automation.timing.plans import Clock, DueAt, IfPast, PlanContext, SkippedPast, Span, Timing, WaitingForDate
from automation.wall_times import at_time, read_moment, read_wall
from automation.working_time import WorkingTime


@dataclass(frozen=True, slots=True)
class Anchor:
    """The date that is counted from: its moment, and the wall time that was written, which may not exist."""

    at: datetime
    shown: datetime
    zone: ZoneInfo

    @classmethod
    def read(cls, written: str, zone: ZoneInfo) -> "Anchor":
        """Read an ISO date (00:00) or moment; raises `ValueError`."""
        return cls(read_moment(written, zone), read_wall(written, zone), zone)

    def in_(self, zone: ZoneInfo) -> datetime | None:
        """Give the wall time as it was written, None in another zone."""
        return self.shown if zone.key == self.zone.key else None


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
            anchor = self._anchor(value, self.zone_of(moment.facts))
        except ValueError as error:
            return WaitingForDate(path, f"{path}: {error}")
        try:
            at = self._moved(anchor, moment)
        except DocumentError:
            raise
        except (ValueError, OverflowError):
            return WaitingForDate(path, f"{path}: nothing can be counted from {value} by so much")
        return self.due(at, self._cause(value), moment)

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
    def _elapsed(self, anchor: Anchor, zone: ZoneInfo) -> datetime:
        """Move the date by the interval."""

    @abstractmethod
    def _worked(self, anchor: Anchor, working: WorkingTime) -> datetime:
        """Move the date by the interval in working time, and to the wall time."""

    def _anchor(self, value: Any, zone: ZoneInfo) -> Anchor:
        written = value.isoformat() if isinstance(value, date) else str(value)
        return Anchor.read(written, zone)

    def _moved(self, anchor: Anchor, moment: PlanContext) -> datetime:
        zone, working = self.zone_of(moment.facts), self.counting(self.by, moment.facts)
        if working is not None:
            return self._worked(anchor, working)
        moved = self._elapsed(anchor, zone)
        return moved if self.at is None else at_time(moved, self.at, zone)

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
    def _elapsed(self, anchor: Anchor, zone: ZoneInfo) -> datetime:
        return self.by.before(anchor.at, zone, anchor.shown)

    @override
    def _worked(self, anchor: Anchor, working: WorkingTime) -> datetime:
        return working.back(anchor.at, self.by, self.at, anchor.in_(working.zone), anchor.zone)


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
    def _elapsed(self, anchor: Anchor, zone: ZoneInfo) -> datetime:
        return self.by.after(anchor.at, zone, anchor.shown)

    @override
    def _worked(self, anchor: Anchor, working: WorkingTime) -> datetime:
        return working.add(anchor.at, self.by, self.at, anchor.in_(working.zone), anchor.zone)
