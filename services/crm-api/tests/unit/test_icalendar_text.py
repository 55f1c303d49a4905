"""Calendars as a library reads them back: names that would break a line, zones far from now, and nothing at all."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from automation.testing import record, shop
from crm_api.activities.activity import Activity, Participant
from crm_api.calendars.busy import busy
from crm_api.calendars.icalendar_text import feed, invitation
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
EVIL = 'a "b"; c:\r\nATTENDEE:mailto:evil@example.com\x07,'


def activity(**more: Any) -> Activity:
    told = {"item": UUID(int=1), "kind": "meeting", "subject": "Measure", "starts_at": AT, "zone": "Europe/Lisbon"}
    return Activity(**{**told, "id": UUID(int=2), "created_at": AT, "changed_at": AT, **more})


def read(content: bytes | str) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_what_people_write_adds_no_lines() -> None:
    guest = Participant(name=EVIL, email="ana@example.com")
    one = activity(subject=EVIL, description=EVIL, place=EVIL, participants=(guest,), invite="mail")
    account = record("connection", "mail", {"id": "mail", "provider": "smtp", "settings": {"from": "shop@example.com"}})
    [event] = read(invitation(one, one.guests, shop(extra=(account,)), "REQUEST"))
    assert [str(at) for at in [event["ATTENDEE"]]] == ["mailto:ana@example.com"]
    assert str(event["ORGANIZER"]) == "mailto:shop@example.com"
    assert str(event["SUMMARY"]).replace("\r", "") == EVIL.replace("\r", "").replace("\x07", "")


@pytest.mark.parametrize("year", [1971, 2026, 2036, 2199])
def test_the_clocks_of_a_zone_go_right_in_any_year(year: int) -> None:
    for month in (1, 7):
        at = datetime(year, month, 15, 10, tzinfo=UTC)
        [event] = read(feed("ann", [activity(starts_at=at, zone="America/New_York")], Knowledge()))
        assert event["DTSTART"].dt.astimezone(UTC) == at


def test_an_empty_calendar_is_one() -> None:
    assert read(feed("ann", [], Knowledge())) == []


SPANS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 120)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(SPANS)
def test_spans_are_in_order_apart_and_cover_just_what_is_taken(spans: list[tuple[int, int]]) -> None:
    minute = timedelta(minutes=1)
    taken = [activity(starts_at=AT + b * minute, ends_at=AT + (b + n) * minute) for b, n in spans]
    laid = busy(taken, AT + 30 * minute, AT + 200 * minute)
    edges = [edge for one in laid for edge in (one.starts_at, one.ends_at)]
    assert edges == sorted(set(edges))
    covered = {m for m in range(30, 200) if any(b <= m < b + n for b, n in spans)}
    assert {m for m in range(420) if any(one.starts_at <= AT + m * minute < one.ends_at for one in laid)} == covered
