"""Quiet hours against an oracle that watches a clock on the wall minute by minute, and whose clock it is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from automation.quiet_hours import Hold, hold, quiet_until, ways_of, zones_of
from contracts.actions import Recipient
from contracts.config import Portal, Quiet
from hypothesis import given, settings
from hypothesis import strategies as st

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# Zones with the days on which their clocks do something odd.
ODD = [
    ("Europe/Lisbon", date(2026, 3, 29)),
    ("Europe/Lisbon", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),  # by half an hour
    ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight does not exist
    ("America/Sao_Paulo", date(2019, 2, 17)),  # the hour before midnight comes twice
    ("Antarctica/Troll", date(2026, 3, 29)),  # by two hours
    ("Asia/Kathmandu", date(2024, 2, 29)),
]
NIGHT = {"from": "21:00", "until": "09:00"}
CLIENT = UUID(int=4)
# A Tuesday at 22:30 in Lisbon, where it is summer.
LATE = datetime(2026, 7, 14, 21, 30, tzinfo=UTC)


# --- the oracle ---


def watched(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, list[datetime]]]:
    """Watch the clock: give each minute, and what it then shows for the first time.

    What it leaps over is shown as long after the leap as it would have taken without it.
    """
    at, seen, late = begin, set[datetime](), dict[datetime, list[datetime]]()
    before: datetime | None = None
    while at < end:
        shown = at.astimezone(zone).replace(tzinfo=None, fold=0)
        leapt = (shown - before - MINUTE) // MINUTE if before else 0
        for n in range(leapt):
            late.setdefault(at + n * MINUTE, []).append((before or shown) + (n + 1) * MINUTE)
        fresh = [one for one in (shown, *late.pop(at, ())) if one not in seen]
        seen.update(fresh)
        yield at, fresh
        before = shown
        at += MINUTE


def by_the_clock(quiet: Quiet, zone: ZoneInfo, at: datetime) -> datetime | None:
    """Watch from days before: nights begin and end when the clock shows it; give the end of the one that `at` is in."""
    begins, until = time.fromisoformat(quiet.begins), time.fromisoformat(quiet.until)
    ends: set[datetime] = set()
    for minute, fresh in watched(at - 4 * DAY, at + 3 * DAY, zone):
        ends -= {one for one in fresh if one in ends and minute <= at}
        if minute > at and (over := [one for one in fresh if one in ends]):
            del over
            return minute
        if minute <= at:
            begun = [one.date() for one in fresh if one.time() == begins]
            ends |= {datetime.combine(day + DAY if until <= begins else day, until) for day in begun}
    return None


@st.composite
def moments(draw: st.DrawFn) -> tuple[Quiet, ZoneInfo, datetime]:
    name, day = draw(st.sampled_from(ODD))
    # Minutes at which clocks change, and others.
    hours, minutes = st.sampled_from((0, 1, 2, 3, 7, 21, 23)), st.sampled_from((0, 15, 30))
    clocks = st.builds("{:02}:{:02}".format, hours, minutes)
    begins = draw(clocks)
    until = draw(clocks.filter(lambda clock: clock != begins))
    at = datetime.combine(day, time(12), UTC) + draw(st.integers(-36 * 60, 36 * 60)) * MINUTE
    return Quiet(begins=begins, until=until), ZoneInfo(name), at


@settings(max_examples=60, deadline=None)
@given(moments())
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(told: tuple[Quiet, ZoneInfo, datetime]) -> None:
    quiet, zone, at = told
    assert quiet_until(quiet, zone, at) == by_the_clock(quiet, zone, at)


def client(address: str = "+351910000001", zone: str = "", **more: Any) -> Recipient:
    return Recipient(whom="contact:4", address=address, contact=CLIENT, zone=zone, **more)


def portal(zone: str = "Europe/Lisbon", **quiet: Any) -> Portal:
    return Portal(zone=zone, quiet={way: {**NIGHT, **one} for way, one in quiet.items()})


def held(
    to: Recipient, company: Portal, at: datetime = LATE, ways: tuple[str, ...] = ("sms",), **params: Any
) -> Hold | None:
    return hold(ways, to, params, company, at)


def test_a_client_is_left_alone_until_the_morning_in_words() -> None:
    told = held(client(), portal(sms={}))
    assert told == Hold(datetime(2026, 7, 15, 8, 0, tzinfo=UTC), "quiet hours until 09:00 Europe/Lisbon", skips=False)
    assert held(client(), portal(sms={}), LATE.replace(hour=12)) is None
    assert held(client(), portal(sms={}), datetime(2026, 7, 15, 8, 0, tzinfo=UTC)) is None
    assert held(client(), portal(sms={"over": "skip"})) == Hold(told.until, told.words, skips=True)


@pytest.mark.parametrize(
    ("params", "company", "to", "is_held"),
    [
        ({}, portal(), client(), False),
        ({}, portal(call={}), client(), False),
        ({"important": True}, portal(sms={}), client(), False),
        ({}, portal(sms={"of": "advertising"}), client(), False),
        ({"advertising": True}, portal(sms={"of": "advertising"}), client(), True),
        ({}, portal(sms={}), Recipient(whom="person:ann", address="+351910000001"), False),
    ],
)
def test_what_is_held_is_as_the_setting_says(params: Any, company: Portal, to: Recipient, *, is_held: bool) -> None:
    assert (held(to, company, **params) is not None) is is_held


@pytest.mark.parametrize(
    ("to", "zones"),
    [
        (client(zone="America/New_York"), ["America/New_York"]),
        (client("+12125550100"), ["America/New_York"]),
        (client("+12125550100", zone="nowhere"), ["America/New_York"]),
        (client("+351910000001"), ["Europe/Lisbon"]),
        (client("+34600000000"), ["Atlantic/Canary", "Europe/Madrid"]),
        (client("ana@example.com"), ["Europe/Lisbon"]),
        (client("no phone"), ["Europe/Lisbon"]),
        (client("bot:5512345"), ["Europe/Lisbon"]),
        (client(""), ["Europe/Lisbon"]),
    ],
)
def test_a_client_lives_where_the_contact_says_else_where_the_phone_is_from(to: Recipient, zones: list[str]) -> None:
    assert [one.key for one in zones_of(to, Portal(zone="Europe/Lisbon"))] == zones


def test_where_a_number_may_be_from_several_zones_it_must_be_day_in_all_of_them() -> None:
    told = held(client("+34600000000"), portal(sms={}))
    assert told == Hold(datetime(2026, 7, 15, 8, 0, tzinfo=UTC), "quiet hours until 09:00 Atlantic/Canary", skips=False)
    # Madrid sleeps an hour earlier than the Canaries.
    assert held(client("+34600000000"), portal(sms={}), datetime(2026, 7, 14, 19, 30, tzinfo=UTC)) is not None
    # Where it is never day in all of them, the portal's counts.
    told = held(client("+18005550100"), portal(sms={"from": "17:00"}))
    assert told is not None
    assert told.words == "quiet hours until 09:00 Europe/Lisbon"


def test_a_message_keeps_the_quiet_hours_of_the_channel_that_it_takes_too() -> None:
    assert (ways_of("message", "sms"), ways_of("message", "chat"), ways_of("sms")) == (
        ("message", "sms"),
        ("message",),
        ("sms",),
    )
    company = portal(message={"from": "20:00", "until": "23:00"}, sms={"until": "08:00"})
    told = held(client(), company, ways=("message", "sms"))
    assert told is not None
    assert told.until == datetime(2026, 7, 15, 7, 0, tzinfo=UTC)
    always = portal(message={"from": "20:00", "until": "08:00"}, sms={"from": "08:00", "until": "20:00"})
    assert held(client(), always, ways=("message", "sms")) is None


def test_the_settings_are_written_as_people_write_them() -> None:
    company = Portal.model_validate({"quiet": {"sms": {**NIGHT, "over": "skip"}}})
    assert company.model_dump(mode="json")["quiet"] == {"sms": {**NIGHT, "over": "skip", "of": "all"}}
