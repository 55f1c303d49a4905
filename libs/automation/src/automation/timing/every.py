"""Every: a wall time each day, or on given days of the week."""

from datetime import date, datetime, timedelta
from typing import Literal

from typing_extensions import override

from automation.facts import Facts
from automation.timing.plans import Clock, DueAt, NoOccurrence, PlanContext, SkippedPast
from automation.timing.recurring import Recurring, unknown
from automation.wall_times import exists, local_day, moment

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Where so many days in a row have no occurrence, the rule has none any more.
GIVE_UP_DAYS = 1000
DAY = timedelta(days=1)


class Every(Recurring):
    """Due at a wall time, as `{every: "10:00", days: [monday, thursday]}`; each local date is an occurrence.

    In working time, occurrences on days without work are dropped; those outside hours shift within the day, or are
    dropped where no work follows on it.
    """

    every: Clock
    days: tuple[Weekday, ...] = ()

    @override
    def one(self, moment: PlanContext) -> DueAt | SkippedPast | NoOccurrence:
        day = _read(moment.occurrence)
        if day is None or not self._asked(day):
            return unknown(moment)
        at = self._moment(day, moment.facts)
        if at is None:
            return NoOccurrence(f"nobody works on {day} at {self.every:%H:%M} or later", moment.occurrence)
        return self._named(day, at, moment)

    @override
    def first(self, moment: PlanContext) -> DueAt | SkippedPast | NoOccurrence:
        # What is not to run any more does not begin the series either, which would end with it.
        since = max(moment.entered_at, moment.now) if self.if_past == "skip" else moment.entered_at
        return self._since(since, moment)

    @override
    def following(self, moment: PlanContext) -> DueAt | SkippedPast | NoOccurrence:
        day = _read(moment.occurrence)
        return self._since(moment.now, moment) if day is None else self._from(day + DAY, None, moment)

    def _since(self, since: datetime, moment: PlanContext) -> DueAt | SkippedPast | NoOccurrence:
        # A gap may move the wall time of the day before to this one.
        return self._from(local_day(since, self.zone_of(moment.facts)) - DAY, since, moment)

    def _from(self, day: date, since: datetime | None, moment: PlanContext) -> DueAt | SkippedPast | NoOccurrence:
        for number in range(GIVE_UP_DAYS):
            at = self._on(day + number * DAY, moment.facts)
            if at is not None and (since is None or at >= since):
                return self._named(day + number * DAY, at, moment)
        return NoOccurrence(f"no occurrence within {GIVE_UP_DAYS} days", day.isoformat())

    def _on(self, day: date, facts: Facts) -> datetime | None:
        return self._moment(day, facts) if self._asked(day) else None

    def _asked(self, day: date) -> bool:
        return not self.days or WEEKDAYS[day.weekday()] in self.days

    def _moment(self, day: date, facts: Facts) -> datetime | None:
        zone, working = self.zone_of(facts), self.calendar(facts)
        if not exists(day, zone):
            return None
        at = moment(datetime.combine(day, self.every), zone)
        if working is None:
            return at
        moved = working.next_moment(at)
        return moved if local_day(moved, working.zone) == local_day(at, working.zone) else None

    def _named(self, day: date, at: datetime, moment: PlanContext) -> DueAt | SkippedPast:
        return self.named(day.isoformat(), at, f"every {self._days()} at {self.every:%H:%M}, on {day}", moment)

    def _days(self) -> str:
        return ", ".join(day for day in WEEKDAYS if day in self.days) or "day"


def _read(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
