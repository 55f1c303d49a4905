"""Intervals: reading them, and calendar arithmetic against a slow and obvious oracle."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from automation.intervals import Interval
from automation.testing import at
from hypothesis import given
from hypothesis import strategies as st

ZONES = st.sampled_from(["Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo"])
MOMENTS = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2031, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.just(UTC),
)
COUNTS = st.integers(0, 40)


@pytest.mark.parametrize(
    ("written", "interval"),
    [
        ("2 days 3 hours", Interval(days=2, seconds=3 * 3600)),
        ("3 seconds", Interval(seconds=3)),
        ("1 year", Interval(months=12)),
        ("1 month, 2 weeks and 1 day", Interval(months=1, weeks=2, days=1)),
        ("90 minutes", Interval(seconds=5400)),
        ("1 working day", Interval(days=1, working=True)),
        ("4 Working Hours", Interval(seconds=4 * 3600, working=True)),
        ("0 minutes", Interval()),
        ("2days", Interval(days=2)),
    ],
)
def test_intervals_are_read_as_people_write_them(written: str, interval: Interval) -> None:
    assert Interval.read(written) == interval


@pytest.mark.parametrize("written", ["", "soon", "2", "days", "-1 day", "1.5 hours", "2 days later", "1 fortnight"])
def test_what_is_no_interval_is_refused_with_the_form(written: str) -> None:
    with pytest.raises(ValueError, match="write it like '2 days 3 hours'"):
        Interval.read(written)


def test_interval_longer_than_a_century_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 100 years"):
        Interval.read("999999 weeks")


@given(st.builds(Interval, months=COUNTS, weeks=COUNTS, days=COUNTS, seconds=st.integers(0, 10**6)))
def test_interval_reads_back_from_its_words(interval: Interval) -> None:
    assert Interval.read(str(interval)) == interval


# start, interval, zone, end; Lisbon changes on 29 March and 25 October 2026 at 01:00 UTC.
GOLDEN = [
    ("2026-03-28T10:00", "1 day", "Europe/Lisbon", "2026-03-29T09:00"),
    ("2026-03-28T10:00", "24 hours", "Europe/Lisbon", "2026-03-29T10:00"),
    ("2026-10-24T09:00", "1 day", "Europe/Lisbon", "2026-10-25T10:00"),
    ("2026-10-24T09:00", "1440 minutes", "Europe/Lisbon", "2026-10-25T09:00"),
    ("2026-03-28T01:30", "1 day", "Europe/Lisbon", "2026-03-29T01:30"),
    ("2026-01-31T12:00", "1 month", "UTC", "2026-02-28T12:00"),
    ("2028-01-31T12:00", "1 month", "UTC", "2028-02-29T12:00"),
    ("2028-02-29T12:00", "1 year", "UTC", "2029-02-28T12:00"),
    ("2026-01-31T12:00", "1 month 1 day", "UTC", "2026-03-01T12:00"),
    ("2026-03-01T12:00", "1 week 2 hours", "UTC", "2026-03-08T14:00"),
    ("2026-03-28T23:30", "1 day 2 hours", "Europe/Lisbon", "2026-03-30T00:30"),
    ("2026-10-25T01:30", "0 days 30 minutes", "Europe/Lisbon", "2026-10-25T02:00"),
]


@pytest.mark.req("B2")
@pytest.mark.parametrize(("start", "interval", "zone", "end"), GOLDEN)
def test_days_keep_the_wall_time_and_hours_elapse(start: str, interval: str, zone: str, end: str) -> None:
    assert Interval.read(interval).after(at(start), ZoneInfo(zone)) == at(end)


@pytest.mark.parametrize(
    ("end", "interval", "zone", "start"),
    [
        ("2026-03-29T12:00", "1 day", "Europe/Lisbon", "2026-03-28T13:00"),
        ("2026-03-29T12:00", "24 hours", "Europe/Lisbon", "2026-03-28T12:00"),
        ("2026-03-31T12:00", "1 month", "UTC", "2026-02-28T12:00"),
        ("2026-03-08T14:00", "1 week 2 hours", "UTC", "2026-03-01T12:00"),
    ],
)
def test_before_counts_back(end: str, interval: str, zone: str, start: str) -> None:
    assert Interval.read(interval).before(at(end), ZoneInfo(zone)) == at(start)


def oracle(start: datetime, interval: Interval, zone: ZoneInfo, sign: int) -> datetime:
    """Step one month and one day at a time on the calendar, then let the seconds elapse."""
    local = start.astimezone(zone).replace(tzinfo=None)
    if interval.months or interval.weeks or interval.days:
        year, month = local.year, local.month
        for _ in range(interval.months):
            month += sign
            if month in {0, 13}:
                year, month = year + sign, 12 if month == 0 else 1
        local = local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))
        for _ in range(7 * interval.weeks + interval.days):
            local += timedelta(days=sign)
        start = local.replace(tzinfo=zone).astimezone(UTC)
    return start + sign * timedelta(seconds=interval.seconds)


@pytest.mark.req("B2")
@given(
    MOMENTS,
    st.builds(Interval, months=COUNTS, weeks=COUNTS, days=COUNTS, seconds=st.integers(0, 10**7)),
    ZONES,
    st.sampled_from([1, -1]),
)
def test_arithmetic_agrees_with_stepping_through_the_calendar(
    start: datetime, interval: Interval, zone: str, sign: int
) -> None:
    where = ZoneInfo(zone)
    found = interval.after(start, where) if sign == 1 else interval.before(start, where)
    assert found == oracle(start, interval, where, sign)
    assert found.tzinfo is UTC


@given(MOMENTS, st.integers(0, 10**8), ZONES)
def test_elapsed_time_never_depends_on_the_zone(start: datetime, seconds: int, zone: str) -> None:
    assert Interval(seconds=seconds).after(start, ZoneInfo(zone)) == start + timedelta(seconds=seconds)


@given(st.builds(Interval, months=COUNTS, weeks=COUNTS, days=COUNTS, seconds=COUNTS), MOMENTS)
def test_shortest_is_never_longer_than_the_interval(interval: Interval, start: datetime) -> None:
    assert start + interval.shortest() <= interval.after(start, ZoneInfo("UTC"))


@given(MOMENTS, st.builds(Interval, COUNTS, COUNTS, COUNTS, st.integers(0, 10**6), st.booleans()), ZONES)
def test_what_elapses_is_what_counts_neither_on_a_calendar_nor_in_working_time(
    start: datetime, interval: Interval, zone: str
) -> None:
    calendar = interval.months or interval.weeks or interval.days
    assert interval.elapses == (not calendar and not interval.working)
    if interval.elapses:
        assert interval.elapsed(start.astimezone(ZoneInfo(zone))) == interval.after(start, ZoneInfo(zone))


@given(MOMENTS, st.integers(0, 10**6), ZONES)
def test_what_elapses_is_over_at_the_same_moment_in_all_zones(start: datetime, seconds: int, zone: str) -> None:
    interval = Interval(seconds=seconds)
    assert interval.elapses
    assert interval.elapsed(start.astimezone(ZoneInfo(zone))) == interval.after(start, ZoneInfo(zone))
