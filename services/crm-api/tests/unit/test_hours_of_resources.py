"""When a resource can be booked, by its own calendar or the portal's, and what of a day is free."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from automation.knowledge import Knowledge
from automation.testing import record, shop
from crm_api.bookings.booking import Hours, hours
from crm_api.fields import FieldError
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = date(2030, 3, 5)  # a Tuesday, on which the clocks of Lisbon show UTC
TUESDAYS = {"zone": "Europe/Lisbon", "weekly": {"1": [["09:00", "12:00"], ["13:00", "15:00"]]}}
ALWAYS = {"zone": "UTC", "weekly": {str(day): [["00:00", "24:00"]] for day in range(7)}}


def known(*records: tuple[str, str, dict[str, Any]]) -> Knowledge:
    return shop(extra=tuple(record(kind, id_, {"id": id_, **data}) for kind, id_, data in records))


def van(calendar: dict[str, Any] | None = None, **more: Any) -> Hours:
    own = ("calendar", "own", calendar or TUESDAYS)
    return hours("van", known(own, ("resource", "van", {"calendar": "own", **more})))


def at(clock: str, day: date = DAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), UTC)


def wrong(of: Hours, begin: datetime, end: datetime) -> str:
    """Give the field that is refused, "" where none is."""
    try:
        of.check(begin, end)
    except FieldError as error:
        return error.field if error.fix else "a field without a fix"
    return ""


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [
        ("09:00", "12:00", ""),
        ("13:00", "15:00", ""),
        ("11:00", "14:00", ""),
        ("08:59:59.999999", "10:00", "starts_at"),
        ("12:00", "14:00", "starts_at"),
        ("15:00", "15:30", "starts_at"),
        ("11:00", "12:00:00.000001", "ends_at"),
        ("11:00", "13:00", "ends_at"),
        ("14:00", "15:00:01", "ends_at"),
        ("10:00", "10:00", "ends_at"),
        ("10:00", "09:59", "ends_at"),
    ],
)
def test_a_booking_begins_and_ends_within_the_hours_and_may_end_as_they_do(begin: str, end: str, field: str) -> None:
    assert wrong(van(), at(begin), at(end)) == field


def test_a_booking_lasts_31_days_and_no_longer() -> None:
    of, begin = van(ALWAYS), at("10:00")
    assert wrong(of, begin, begin + timedelta(days=31)) == ""
    assert wrong(of, begin, begin + timedelta(days=31, microseconds=1)) == "ends_at"


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), datetime.min.replace(tzinfo=UTC), "starts_at"),
        (datetime.min.replace(tzinfo=UTC), at("10:00"), "starts_at"),
        (at("10:00"), datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), "ends_at"),
        (datetime.max.replace(tzinfo=UTC) - timedelta(hours=1), datetime.max.replace(tzinfo=UTC), "starts_at"),
    ],
)
def test_a_time_at_the_end_of_all_calendars_is_refused_in_words(begin: datetime, end: datetime, field: str) -> None:
    assert wrong(van(ALWAYS), begin, end) == field


@pytest.mark.parametrize(
    ("slot", "taken", "now", "starts"),
    [
        (60, [], "00:00", ["09:00", "10:00", "11:00", "13:00", "14:00"]),
        (90, [], "00:00", ["09:00", "10:30", "13:00"]),
        (180, [], "00:00", ["09:00"]),
        (240, [], "00:00", []),
        (60, [("10:00", "11:00")], "00:00", ["09:00", "11:00", "13:00", "14:00"]),
        (60, [("10:59", "11:01")], "00:00", ["09:00", "13:00", "14:00"]),
        (60, [("11:30", "13:30")], "00:00", ["09:00", "10:00", "14:00"]),
        (
            60,
            [("08:00", "09:00"), ("12:00", "13:00"), ("15:00", "16:00")],
            "00:00",
            ["09:00", "10:00", "11:00", "13:00", "14:00"],
        ),
        (60, [("00:00", "23:00")], "00:00", []),
        (60, [], "10:00", ["10:00", "11:00", "13:00", "14:00"]),
        (60, [], "10:00:00.000001", ["11:00", "13:00", "14:00"]),
        (60, [], "14:30", []),
    ],
)
def test_a_slot_is_free_that_fits_is_not_taken_and_has_not_begun(
    slot: int, taken: list[tuple[str, str]], now: str, starts: list[str]
) -> None:
    spans = [(at(begin), at(end)) for begin, end in taken]
    found = list(van(slot_minutes=slot).free(DAY, spans, at(now)))
    assert [f"{begin:%H:%M}" for begin, _ in found] == starts
    assert all(end - begin == timedelta(minutes=slot) for begin, end in found)


def test_a_day_without_hours_has_no_slots() -> None:
    assert list(van().free(DAY + timedelta(days=1), [], at("00:00"))) == []


SPANS = st.lists(st.tuples(st.integers(0, 1380), st.integers(1, 300)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(SPANS, st.sampled_from([15, 50, 60, 75]))
def test_whatever_is_free_can_be_booked_and_meets_nothing_that_is_taken(
    minutes: list[tuple[int, int]], slot: int
) -> None:
    of, minute = van(slot_minutes=slot), timedelta(minutes=1)
    taken = [(at("00:00") + begin * minute, at("00:00") + (begin + length) * minute) for begin, length in minutes]
    for begin, end in of.free(DAY, taken, at("00:00")):
        assert wrong(of, begin, end) == ""
        assert all(end <= since or until <= begin for since, until in taken)


def test_without_a_calendar_of_its_own_it_has_the_hours_of_the_portal() -> None:
    sunday = DAY + timedelta(days=5)
    for resource in ({}, {"calendar": "gone"}):
        office = hours("van", known(("resource", "van", resource)))
        assert wrong(office, at("09:00"), at("18:00")) == ""
        assert wrong(office, at("10:00", sunday), at("11:00", sunday)) == "starts_at"
        always = hours("van", known(("resource", "van", resource), ("calendar", "portal", ALWAYS)))
        assert wrong(always, at("10:00", sunday), at("11:00", sunday)) == ""
