"""Moments and wall times over the changes of clocks, as published for the zones."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from automation.documents import DocumentError
from automation.testing import at
from automation.wall_times import at_time, moment, read_moment, read_time, read_zone, wall
from hypothesis import given
from hypothesis import strategies as st

# zone, what clocks should show, the moment in UTC, and what clocks show then.
GOLDEN = [
    ("Europe/Lisbon", "2026-03-29T00:59", "2026-03-29T00:59", "2026-03-29T00:59"),
    ("Europe/Lisbon", "2026-03-29T01:30", "2026-03-29T01:30", "2026-03-29T02:30"),
    ("Europe/Lisbon", "2026-03-29T02:00", "2026-03-29T01:00", "2026-03-29T02:00"),
    ("Europe/Rome", "2026-03-29T02:30", "2026-03-29T01:30", "2026-03-29T03:30"),
    ("Europe/Rome", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T02:30"),
    ("Europe/Rome", "2026-10-25T03:00", "2026-10-25T02:00", "2026-10-25T03:00"),
    ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30", "2026-03-08T03:30"),
    ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", "2026-11-01T01:30"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45", "2026-10-04T02:45"),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", "2026-04-05T01:45"),
    ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00", "2026-04-24T01:00"),
    ("Asia/Kathmandu", "2026-05-01T00:00", "2026-04-30T18:15", "2026-05-01T00:00"),
    ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00", "2011-12-31T12:00"),
]


@pytest.mark.parametrize(("zone", "written", "utc", "shown"), GOLDEN)
def test_wall_time_in_a_gap_moves_on_and_one_that_exists_twice_is_the_first(
    zone: str, written: str, utc: str, shown: str
) -> None:
    found = moment(datetime.fromisoformat(written), ZoneInfo(zone))
    assert found == at(utc)
    assert wall(found, ZoneInfo(zone)) == datetime.fromisoformat(shown)


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001 - wall times
    st.sampled_from(["Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]),
)
def test_clocks_show_the_wall_time_or_a_later_one_after_a_gap(written: datetime, zone: str) -> None:
    shown = wall(moment(written, ZoneInfo(zone)), ZoneInfo(zone))
    assert shown >= written
    assert (shown - written).total_seconds() in {0, 1800, 3600}


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-07-01", "2026-06-30T23:00"),
        ("2026-12-01", "2026-12-01T00:00"),
        ("2026-07-01T10:30", "2026-07-01T09:30"),
        ("2026-07-01T10:30:00+05:00", "2026-07-01T05:30"),
        ("2026-07-01T10:30:00Z", "2026-07-01T10:30"),
    ],
)
def test_date_without_an_hour_is_midnight_in_the_zone(written: str, utc: str) -> None:
    assert read_moment(written, ZoneInfo("Europe/Lisbon")) == at(utc)


@pytest.mark.parametrize("written", ["tomorrow", "", "2026-13-01", "01/12/2026"])
def test_what_is_no_date_is_refused_with_the_form(written: str) -> None:
    with pytest.raises(ValueError, match="write it like 2026-12-01"):
        read_moment(written, ZoneInfo("UTC"))


def test_time_of_day_is_put_on_the_local_day() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert at_time(late, time(10), ZoneInfo("Europe/Lisbon")) == at("2026-07-02T09:00")


def test_unknown_zone_and_time_are_refused() -> None:
    with pytest.raises(DocumentError, match="not a time zone"):
        read_zone("Europe/Atlantis")
    with pytest.raises(DocumentError, match="not a time zone"):
        read_zone("../etc/passwd")
    with pytest.raises(ValueError, match="not a time of day"):
        read_time("25:00")
