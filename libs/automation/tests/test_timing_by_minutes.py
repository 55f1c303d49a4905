"""Every kind of timing against an oracle that walks through the minutes with a clock and a calendar on the wall."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from automation.testing import contact, deal, facts, record, shop
from automation.timing import DueAt, NoOccurrence, PlanContext, Planned, Recurring, read_timing
from automation.working_time import WorkingTime
from contracts.config import Calendar
from hypothesis import given, settings
from hypothesis import strategies as st

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Zones with the days on which their clocks do something odd.
ODD = [
    ("Europe/Lisbon", date(2026, 3, 29)),
    ("Europe/Lisbon", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("Africa/Casablanca", date(2026, 2, 15)),  # back for Ramadan
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight does not exist
    ("America/Sao_Paulo", date(2019, 2, 17)),  # the hour before midnight comes twice
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Asia/Pyongyang", date(2018, 5, 5)),  # the half hour before midnight does not exist
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never came
    ("Antarctica/Troll", date(2026, 3, 29)),  # by two hours
    ("Asia/Kathmandu", date(2024, 2, 29)),
]
WEEKS: list[dict[int, tuple[tuple[str, str], ...]]] = [
    dict.fromkeys(range(5), (("09:00", "13:00"), ("14:00", "18:00"))),
    dict.fromkeys(range(7), (("00:00", "06:00"), ("22:00", "24:00"))),
    {0: (("01:30", "03:15"),), 4: (("23:00", "24:00"),), 5: (("00:00", "02:45"),), 6: (("00:00", "24:00"),)},
]
FEW = settings(max_examples=25)


# --- the oracle ---


def shown(minute: datetime, zone: ZoneInfo) -> datetime:
    """Give what the clock and the calendar on the wall show."""
    return minute.astimezone(zone).replace(tzinfo=None, fold=0)


def find(wall: datetime, zone: ZoneInfo) -> datetime:
    """Walk until the clock shows this for the first time; where it never does, as long as it would have taken."""
    here = wall.replace(tzinfo=UTC) - 38 * 60 * MINUTE
    while shown(here + MINUTE, zone) <= wall:
        here += MINUTE
    return here + (wall - shown(here, zone))


@cache
def came(day: date, zone: ZoneInfo) -> bool:
    """Say whether the calendar on the wall ever showed this day."""
    noon = datetime.combine(day, time(12), UTC)
    return any(shown(noon + n * MINUTE, zone).date() == day for n in range(-38 * 60, 38 * 60))


@cache
def hours(day: date, spans: tuple[tuple[str, str], ...], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Give when the doors open and close on a day that came; each time is when the clock first shows it."""
    if not came(day, zone):
        return []
    midnight = datetime.combine(day, time())
    return [tuple(find(midnight + after(clock), zone) for clock in span) for span in spans]  # type: ignore[misc]


def after(clock: str) -> timedelta:
    """Give how long after midnight a clock shows this, on a day like any other."""
    return timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))


def works(calendar: Calendar, minute: datetime) -> bool:
    """Say whether the doors are open in this minute."""
    zone = ZoneInfo(calendar.zone)
    today = shown(minute, zone).date()
    days = [day for day in (today - DAY, today, today + DAY) if day.isoformat() not in calendar.holidays]
    doors = (door for day in days for door in hours(day, calendar.weekly.get(day.weekday(), ()), zone))
    return any(opens <= minute < closes for opens, closes in doors)


def walk(calendar: Calendar, here: datetime, minutes: int) -> datetime:
    """Walk on until so many minutes were worked, and on to the next that is."""
    while minutes or not works(calendar, here):
        minutes -= works(calendar, here)
        here += MINUTE
    return here


def walk_back(calendar: Calendar, here: datetime, minutes: int) -> datetime:
    """Walk back until so many minutes were worked."""
    while minutes:
        here -= MINUTE
        minutes -= works(calendar, here)
    return here


def step(calendar: Calendar, day: date, number: int) -> date:
    """Step over working days, forwards or backwards."""
    way = DAY if number > 0 else -DAY
    while number:
        day += way
        worked = day.isoformat() not in calendar.holidays and calendar.weekly.get(day.weekday())
        if worked and came(day, ZoneInfo(calendar.zone)):
            number -= 1 if number > 0 else -1
    return day


def months_on(wall: datetime, months: int) -> datetime:
    """Turn the leaves of a calendar; where a month has no such day, take its last."""
    year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
    for day in range(wall.day, 0, -1):
        try:
            return wall.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("a month has a first")


def apart(start: datetime, zone: ZoneInfo, sign: int, by: tuple[int, int, int]) -> datetime:
    """Move a moment, or what the clock shows, by months and days on the wall, then by minutes that pass."""
    months, days, minutes = by
    wall = start if start.tzinfo is None else shown(start, zone)
    if months or days or start.tzinfo is None:
        start = find(months_on(wall, sign * months) + sign * days * DAY, zone)
    return start + sign * minutes * MINUTE


# --- what is drawn ---


@st.composite
def places(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """Draw a zone, and a minute near to where it is odd."""
    name, day = draw(st.sampled_from(ODD))
    away = draw(st.integers(-5 * 24 * 60, 3 * 24 * 60))
    return ZoneInfo(name), datetime.combine(day, time(), UTC) + away * MINUTE


@st.composite
def offices(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """Draw the working time of an odd place with holidays, and a minute near to them."""
    zone, start = draw(places())
    off = draw(st.lists(st.integers(-3, 12), max_size=3))
    holidays = tuple((start.date() + n * DAY).isoformat() for n in off)
    return Calendar(id="portal", zone=zone.key, weekly=draw(st.sampled_from(WEEKS)), holidays=holidays), start


OPEN = st.sampled_from(["", "in working time"])
CLOCKS = st.one_of(st.none(), st.times().map(lambda at: at.replace(second=0, microsecond=0)))
SOME_CLOCK = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def planned(
    doc: dict[str, Any],
    zone: str,
    start: datetime,
    calendar: Calendar | None = None,
    *,
    occurrence: str = "",
    **on: Any,
) -> Planned:
    """Plan a document for a deal that entered at `start`; the dates are the contact's."""
    records = [record("portal", "portal", {"zone": zone})]
    records += [record("calendar", "portal", calendar)] if calendar else []
    client = contact(**on)
    known = facts(deal(entered_at=start, to=(client,)), client, knowledge=shop(extra=tuple(records)))
    working = {"working_time": "portal"} if calendar else {}
    return read_timing({**doc, **working, "if_past": "run"}).plan(PlanContext(known, start, occurrence=occurrence))


def moment(answer: Planned) -> datetime:
    assert isinstance(answer, DueAt)
    return answer.at


# --- what is compared ---


@pytest.mark.req("B2")
@FEW
@given(places(), st.integers(0, 14), st.integers(0, 40), st.integers(0, 3000))
def test_a_delay_is_calendar_time_in_days_and_passes_in_minutes(
    place: tuple[ZoneInfo, datetime], months: int, days: int, minutes: int
) -> None:
    zone, start = place
    doc = {"after": f"{months} months {days} days {minutes} minutes"}
    assert moment(planned(doc, zone.key, start)) == apart(start, zone, 1, (months, days, minutes))


@pytest.mark.req("B10", "B11")
@FEW
@given(offices(), st.integers(0, 1200))
def test_a_delay_in_working_minutes(office: tuple[Calendar, datetime], minutes: int) -> None:
    calendar, start = office
    doc = {"after": f"{minutes} minutes"}
    assert moment(planned(doc, calendar.zone, start, calendar)) == walk(calendar, start, minutes)
    assert moment(planned({}, calendar.zone, start, calendar)) == walk(calendar, start, 0)


@pytest.mark.req("B10", "B11")
@FEW
@given(offices(), st.integers(1, 12), st.integers(0, 300))
def test_a_delay_in_working_days_keeps_the_wall_time(
    office: tuple[Calendar, datetime], days: int, minutes: int
) -> None:
    calendar, start = office
    zone = ZoneInfo(calendar.zone)
    wall = shown(start, zone)
    there = find(datetime.combine(step(calendar, wall.date(), days), wall.time()), zone)
    doc = {"after": f"{days} days {minutes} minutes"}
    assert moment(planned(doc, calendar.zone, start, calendar)) == walk(calendar, there, minutes)


@pytest.mark.req("B3", "B6")
@FEW
@given(places(), st.integers(-1, 1), st.integers(0, 3), st.integers(0, 35), st.integers(0, 1500), CLOCKS)
def test_before_and_after_a_date_and_at_a_moment(  # noqa: PLR0917 - what is drawn
    place: tuple[ZoneInfo, datetime], sign: int, months: int, days: int, minutes: int, clock: time | None
) -> None:
    zone, start = place
    day = shown(start, zone).date()
    anchor = datetime.combine(day, time())
    if not sign:
        wall = datetime.combine(day, clock or time())
        assert moment(planned({"at": wall.isoformat()}, zone.key, start)) == find(wall, zone)
        return
    moved = apart(anchor, zone, sign, (months, days, minutes))
    expected = moved if clock is None else find(datetime.combine(shown(moved, zone).date(), clock), zone)
    kind = "before" if sign < 0 else "after_date"
    doc = {kind: "contact.on", "by": f"{months} months {days} days {minutes} minutes", **written(clock)}
    assert moment(planned(doc, zone.key, start, on=day.isoformat())) == expected


@pytest.mark.req("B11")
@FEW
@given(offices(), st.integers(0, 6), st.integers(0, 600), CLOCKS)
def test_before_a_date_in_working_time(
    office: tuple[Calendar, datetime], days: int, minutes: int, clock: time | None
) -> None:
    calendar, start = office
    zone = ZoneInfo(calendar.zone)
    day = step(calendar, shown(start, zone).date() + DAY, -1)
    moved = walk_back(calendar, find(datetime.combine(step(calendar, day, -days), time()), zone), minutes)
    landed = moved if clock is None else find(datetime.combine(shown(moved, zone).date(), clock), zone)
    doc = {"before": "contact.on", "by": f"{days} days {minutes} minutes", **written(clock)}
    answer = planned(doc, calendar.zone, start, calendar, on=shown(start, zone).date().isoformat())
    assert moment(answer) == walk(calendar, landed, 0)


def written(clock: time | None) -> dict[str, str]:
    return {} if clock is None else {"at": f"{clock:%H:%M}"}


def yearly(born: date, year: int) -> date:
    """Look the day up in that year's calendar; on a leap day, the 28th will do."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


@pytest.mark.req("B4", "B11")
@FEW
@given(
    offices(),
    OPEN,
    st.one_of(st.dates(date(1930, 1, 1), date(2005, 12, 31)), st.just(date(1992, 2, 29)), st.integers(-40, 5)),
    st.integers(0, 40),
    CLOCKS,
    st.sampled_from(["before", "after"]),
)
def test_an_anniversary_is_the_first_that_is_not_past(  # noqa: PLR0917 - what is drawn
    office: tuple[Calendar, datetime],
    open_: str,
    born: date | int,
    days: int,
    clock: time | None,
    side: str,
) -> None:
    calendar, now = office
    zone = ZoneInfo(calendar.zone)
    near = born if isinstance(born, date) else shown(now, zone).date() + born * DAY
    doc = {"anniversary": "contact.on", "by": f"{days} days", "side": side, **written(clock)}
    answer = planned(doc, calendar.zone, now, calendar if open_ else None, on=near.isoformat())
    assert isinstance(answer, DueAt)
    for year in count(now.year - 3):
        there = yearly(near, year) + (-days if side == "before" else days) * DAY
        found = find(datetime.combine(there, time()), zone)
        if clock is not None:
            found = find(datetime.combine(shown(found, zone).date(), clock), zone)
        landed = walk(calendar, found, 0) if open_ else found
        if landed >= now:
            assert (answer.occurrence, answer.at) == (str(year), landed)
            return


def occurrences(clock: time, days: tuple[str, ...], since: datetime, zone: ZoneInfo) -> Iterator[tuple[date, datetime]]:
    """Turn the leaves of a calendar from the day before on, and look when the clock shows the time on each."""
    for number in count(-1):
        day = shown(since, zone).date() + number * DAY
        if came(day, zone) and (not days or NAMES[day.weekday()] in days):
            yield day, find(datetime.combine(day, clock), zone)


def within(calendar: Calendar, at: datetime) -> datetime | None:
    """Walk on within the day until somebody works."""
    day = shown(at, ZoneInfo(calendar.zone)).date()
    while shown(at, ZoneInfo(calendar.zone)).date() == day:
        if works(calendar, at):
            return at
        at += MINUTE
    return None


WEEKDAYS = st.lists(st.sampled_from(NAMES), unique=True, max_size=4).map(tuple)


@pytest.mark.req("B10", "B11")
@FEW
@given(offices(), OPEN, SOME_CLOCK, WEEKDAYS)
def test_every_day_at_a_wall_time_one_occurrence_after_the_other(
    office: tuple[Calendar, datetime],
    open_: str,
    clock: time,
    days: tuple[str, ...],
) -> None:
    calendar, start = office
    zone = ZoneInfo(calendar.zone)
    doc = {"every": f"{clock:%H:%M}", "days": days}
    told = series(doc, calendar.zone, start, calendar if open_ else None)
    expected = occurrences(clock, days, start, zone)
    for _ in range(3):
        answer = next(told)
        if isinstance(answer, NoOccurrence):
            assert all(within(calendar, at) is None for _, (_, at) in zip(range(8), expected, strict=False))
            return
        day, at = next((d, a) for d, a in shifted(expected, calendar if open_ else None) if a >= start)
        assert (answer.occurrence, moment(answer)) == (day.isoformat(), at)


def shifted(found: Iterator[tuple[date, datetime]], calendar: Calendar | None) -> Iterator[tuple[date, datetime]]:
    for day, at in found:
        moved = within(calendar, at) if calendar else at
        if moved is not None:
            yield day, moved


def series(doc: dict[str, Any], zone: str, start: datetime, calendar: Calendar | None) -> Iterator[Any]:
    """Give what is planned after one another."""
    answer: Any = planned(doc, zone, start, calendar)
    yield answer
    timing = read_timing({**doc, "working_time": "portal"} if calendar else doc)
    assert isinstance(timing, Recurring)
    records = [record("portal", "portal", {"zone": zone})]
    records += [record("calendar", "portal", calendar)] if calendar else []
    known = facts(deal(entered_at=start), knowledge=shop(extra=tuple(records)))
    while not isinstance(answer, NoOccurrence):
        answer = timing.following(PlanContext(known, start, occurrence=answer.occurrence))
        yield answer


@pytest.mark.req("B10")
@FEW
@given(offices(), st.integers(0, 900))
def test_a_holiday_added_later_gives_what_it_would_have_given_from_the_start(
    office: tuple[Calendar, datetime], minutes: int
) -> None:
    calendar, start = office
    before = WorkingTime(calendar)
    before.next_moment(start)
    more = calendar.model_copy(update={"holidays": (*calendar.holidays, (start + DAY).date().isoformat())})
    doc = {"after": f"{minutes} minutes"}
    assert moment(planned(doc, more.zone, start, more)) == walk(more, start, minutes)
