"""Working time by hand, and against an oracle that walks through every minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from automation.documents import DocumentError
from automation.intervals import Interval
from automation.testing import at
from automation.working_time import NoWorkingTime, WorkingTime
from contracts.config import Calendar
from hypothesis import given
from hypothesis import strategies as st

OFFICE = Calendar(
    id="portal",
    zone="Europe/Lisbon",
    weekly=dict.fromkeys(range(5), (("09:00", "13:00"), ("14:00", "18:00"))),
    holidays=("2026-04-03", "2026-05-01"),
)
# Works through both changes of the clocks, which come on Sundays.
NIGHTS = Calendar(
    id="nights",
    zone="Europe/Lisbon",
    weekly=dict.fromkeys(range(7), (("00:00", "02:30"), ("22:15", "24:00"))),
    holidays=("2026-03-30",),
)
SHORT = Calendar(id="short", zone="America/New_York", weekly={1: (("01:30", "02:15"),), 6: (("01:15", "04:00"),)})
MINUTE = timedelta(minutes=1)

NEXT = [
    ("2026-03-02T08:59", "2026-03-02T09:00", "before opening"),
    ("2026-03-02T09:00", "2026-03-02T09:00", "the opening moment works"),
    ("2026-03-02T13:00", "2026-03-02T14:00", "the closing moment does not"),
    ("2026-03-02T17:59", "2026-03-02T17:59", "the last minute works"),
    ("2026-03-06T18:00", "2026-03-09T09:00", "over the weekend"),
    ("2026-04-02T20:00", "2026-04-06T08:00", "over Good Friday, and summer time has begun"),
]


@pytest.mark.req("B10")
@pytest.mark.parametrize(("start", "end", "why"), NEXT)
def test_next_working_moment(start: str, end: str, why: str) -> None:
    assert WorkingTime(OFFICE).next_moment(at(start)) == at(end), why


ADDED = [
    ("2026-03-02T10:00", "2 hours", "2026-03-02T12:00"),
    ("2026-03-02T12:00", "2 hours", "2026-03-02T15:00"),
    ("2026-03-02T17:00", "1 hour", "2026-03-03T09:00"),
    ("2026-03-06T17:30", "90 minutes", "2026-03-09T10:00"),
    ("2026-03-07T11:00", "30 minutes", "2026-03-09T09:30"),
    ("2026-03-02T10:00", "40 hours", "2026-03-09T10:00"),
    ("2026-03-05T10:00", "2 days", "2026-03-09T10:00"),
    ("2026-03-07T10:00", "1 day", "2026-03-09T10:00"),
    ("2026-03-05T20:00", "1 day", "2026-03-09T09:00"),
    ("2026-04-02T09:00", "1 day", "2026-04-06T09:00"),
    ("2026-03-02T10:00", "1 day 8 hours", "2026-03-04T10:00"),
    ("2026-02-28T10:00", "1 month", "2026-03-30T08:00"),
    ("2026-03-02T10:00", "1 week", "2026-03-09T10:00"),
]


@pytest.mark.req("B10", "B11")
@pytest.mark.parametrize(("start", "interval", "end"), ADDED)
def test_hours_count_working_hours_and_days_working_days(start: str, interval: str, end: str) -> None:
    assert WorkingTime(OFFICE).add(at(start), Interval.read(interval)) == at(end)


BACK = [
    ("2026-03-04T10:00", "1 day", None, "2026-03-03T10:00"),
    ("2026-03-09T00:00", "1 day", None, "2026-03-06T09:00"),
    ("2026-03-08T00:00", "1 day", None, "2026-03-05T09:00"),
    ("2026-03-08T00:00", "1 day", "10:00", "2026-03-05T10:00"),
    ("2026-03-09T10:00", "2 hours", None, "2026-03-06T17:00"),
    ("2026-03-09T00:00", "2 hours", None, "2026-03-06T16:00"),
    ("2026-03-04T10:00", "1 day", "19:00", "2026-03-04T09:00"),
]


@pytest.mark.req("B11")
@pytest.mark.parametrize(("end", "interval", "clock", "start"), BACK)
def test_before_moves_to_a_working_day_and_counts_back(end: str, interval: str, clock: str | None, start: str) -> None:
    wall = time.fromisoformat(clock) if clock else None
    assert WorkingTime(OFFICE).back(at(end), Interval.read(interval), wall) == at(start)


def walks(calendar: Calendar, minute: datetime) -> bool:
    """Say, from the wall clock alone, whether this minute is worked; the oracle of what follows."""
    local = minute.astimezone(ZoneInfo(calendar.zone))
    if local.date().isoformat() in calendar.holidays:
        return False
    shown = f"{local:%H:%M}"
    return any(opens <= shown < closes for opens, closes in calendar.weekly.get(local.weekday(), ()))


def walk(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """Walk minute by minute until so many worked ones lie behind, and on to the next worked one."""
    here = start
    while minutes or not walks(calendar, here):
        minutes -= walks(calendar, here)
        here += MINUTE
    return here


MOMENTS = st.integers(0, 45 * 24 * 60).map(lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + minutes * MINUTE)
AUTUMN = st.integers(0, 45 * 24 * 60).map(lambda minutes: datetime(2026, 10, 5, tzinfo=UTC) + minutes * MINUTE)


@pytest.mark.req("B10")
@given(st.one_of(MOMENTS, AUTUMN), st.integers(0, 1500))
def test_adding_agrees_with_walking_through_every_minute(start: datetime, minutes: int) -> None:
    assert WorkingTime(OFFICE).add(start, Interval(seconds=60 * minutes)) == walk(OFFICE, start, minutes)


@given(MOMENTS, st.integers(0, 900))
def test_working_nights_lose_the_hour_that_spring_takes(start: datetime, minutes: int) -> None:
    assert WorkingTime(NIGHTS).add(start, Interval(seconds=60 * minutes)) == walk(NIGHTS, start, minutes)


@given(st.one_of(MOMENTS, AUTUMN), st.integers(0, 3000), st.sampled_from([OFFICE, NIGHTS, SHORT]))
def test_counting_back_undoes_counting_on(start: datetime, minutes: int, calendar: Calendar) -> None:
    working = WorkingTime(calendar)
    begin = working.next_moment(start)
    end = working.add(begin, Interval(seconds=60 * minutes))
    assert working.back(end, Interval(seconds=60 * minutes)) == begin


def days_on(calendar: Calendar, start: date, number: int) -> date:
    """Step day by day over the working ones."""
    while number:
        start += timedelta(days=1 if number > 0 else -1)
        worked = start.isoformat() not in calendar.holidays and calendar.weekly.get(start.weekday())
        number -= (1 if number > 0 else -1) if worked else 0
    return start


@given(MOMENTS, st.integers(1, 400), st.sampled_from([OFFICE, NIGHTS, SHORT]))
def test_working_days_agree_with_stepping_over_them(start: datetime, days: int, calendar: Calendar) -> None:
    working, zone = WorkingTime(calendar), ZoneInfo(calendar.zone)
    local = start.astimezone(zone)
    day = days_on(calendar, local.date(), days)
    there = datetime.combine(day, local.time(), zone).astimezone(UTC)
    assert working.add(start, Interval(days=days)) == working.next_moment(there)


@given(st.one_of(MOMENTS, AUTUMN), st.integers(0, 5000), st.integers(0, 50), st.sampled_from([OFFICE, NIGHTS, SHORT]))
def test_every_result_is_a_working_moment(start: datetime, minutes: int, days: int, calendar: Calendar) -> None:
    working = WorkingTime(calendar)
    for found in (
        working.add(start, Interval(days=days, seconds=60 * minutes)),
        working.back(start, Interval(days=days)),
    ):
        assert working.is_working(found)


def test_hours_before_the_change_of_clocks_stay_the_second_ones() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert WorkingTime(NIGHTS).add(second, Interval(seconds=600)) == second + timedelta(minutes=10)


def test_twenty_years_are_laid_out_once_and_not_for_each_rule() -> None:
    working = WorkingTime(OFFICE)
    long = Interval.read("20000 hours")
    first = working.add(at("2026-03-02T10:00"), long)
    laid = dict(working._years)
    assert working.add(at("2026-03-02T10:00"), long) == first
    assert working._years == laid
    assert len(laid) < 12


def test_calendar_without_hours_is_an_error_with_its_name() -> None:
    with pytest.raises(NoWorkingTime, match="'closed' has no working hours"):
        WorkingTime(Calendar(id="closed", zone="UTC", weekly={})).next_moment(at("2026-03-02T10:00"))


@pytest.mark.parametrize("span", [("18:00", "09:00"), ("09:00", "09:00")])
def test_span_over_midnight_is_refused(span: tuple[str, str]) -> None:
    with pytest.raises(DocumentError, match="not a span within one day"):
        WorkingTime(Calendar(id="c", zone="UTC", weekly={0: (span,)}))


def test_overlapping_spans_count_once() -> None:
    calendar = Calendar(id="c", zone="UTC", weekly={0: (("09:00", "12:00"), ("11:00", "13:00"), ("13:00", "14:00"))})
    assert WorkingTime(calendar).add(at("2026-03-02T09:00"), Interval(seconds=4 * 3600)) == at("2026-03-02T13:00")


def test_the_spans_of_a_day_are_those_of_its_zone_and_a_holiday_has_none() -> None:
    weekly = dict.fromkeys(range(7), (("00:30", "03:00"), ("09:00", "12:00")))
    calendar = WorkingTime(Calendar(id="x", zone="Europe/Lisbon", weekly=weekly, holidays=("2030-04-01",)))
    hours = [[(c - o).total_seconds() / 3600 for o, c in calendar.spans(date(2030, *day))] for day in DAYS_OF_CHANGE]
    assert hours == [[2.5, 3.0], [1.5, 3.0], [], [3.5, 3.0]]


DAYS_OF_CHANGE = ((3, 30), (3, 31), (4, 1), (10, 27))
