"""Timings with their options together: what is past, whose clock a time is read by, and how a series begins."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.knowledge import Knowledge
from automation.testing import at, contact, deal, facts, record, shop
from automation.timing import DueAt, DueNow, PlanContext, Planned, Recurring, SkippedPast, read_timing
from contracts.config import ConfigChanged

# A Friday, an hour before the office closes.
ENTRY = at("2026-03-06T17:00")
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PORTAL = {"working_time": "portal"}
NEW_YORK, TOKYO = "America/New_York", "Asia/Tokyo"


def plan(doc: dict[str, Any], now: datetime = ENTRY, *, extra: tuple[ConfigChanged, ...] = (), **about: Any) -> Planned:
    """Plan a document for a deal of Ann's that entered on Friday at 17:00, as did the rule before it end."""
    client = contact(**about)
    known = facts(deal(entered_at=ENTRY, to=(client,)), client, knowledge=shop(extra=extra))
    return read_timing(doc).plan(PlanContext(known, now, ENTRY))


def due(planned: Planned) -> datetime:
    assert isinstance(planned, DueAt), planned
    return planned.at


@pytest.mark.parametrize(
    ("doc", "moment"),
    [
        ({}, ENTRY),
        (PORTAL, ENTRY),
        ({"after": "1 second"}, ENTRY + SECOND),
        ({"after": "10 minutes", **PORTAL}, ENTRY + 10 * MINUTE),
        ({"after_previous": "0 minutes"}, ENTRY),
        ({"after_previous": "0 minutes", **PORTAL}, ENTRY),
        ({"after_previous": "2 hours"}, ENTRY + 2 * HOUR),
    ],
)
def test_what_follows_on_an_event_is_not_past_because_the_event_is_heard_of_a_moment_later(
    doc: dict[str, Any], moment: datetime
) -> None:
    skips = {**doc, "if_past": "skip"}
    for late in (timedelta(), SECOND, MINUTE):
        planned = plan(skips, moment + late)
        assert isinstance(planned, DueAt | DueNow), (doc, late)
        assert planned.at == moment
    assert isinstance(plan(skips, moment + MINUTE + SECOND), SkippedPast)
    assert isinstance(plan(doc, moment + DAY), DueAt | DueNow)


@pytest.mark.parametrize("doc", [{"at": "2026-03-06T17:00"}, {"before": "contact.on"}, {"after_date": "contact.on"}])
def test_a_date_is_past_as_soon_as_it_is_over(doc: dict[str, Any]) -> None:
    skips = {**doc, "if_past": "skip"}
    assert due(plan(skips, ENTRY, on="2026-03-06T17:00")) == ENTRY
    assert isinstance(plan(skips, ENTRY + SECOND, on="2026-03-06T17:00"), SkippedPast)


def test_a_series_that_is_not_to_run_what_is_past_begins_with_what_is_ahead() -> None:
    daily, later = {"every": "10:00", "zone": "UTC"}, ENTRY + 90 * DAY
    first = plan({**daily, "if_past": "skip"}, later)
    assert isinstance(first, DueAt)
    assert (first.occurrence, first.at) == ("2026-06-05", at("2026-06-05T10:00"))
    first = plan(daily, later)
    assert isinstance(first, DueAt)
    assert first.occurrence == "2026-03-07"


CLOCK = {"by": "1 day", "at": "10:00"}


@pytest.mark.req("B11")
@pytest.mark.parametrize(
    ("doc", "moment"),
    [
        ({"before": "contact.on", **CLOCK, "zone": "contact"}, "2026-07-14T14:00"),
        ({"before": "contact.on", **CLOCK, "zone": NEW_YORK}, "2026-07-14T14:00"),
        ({"after_date": "contact.on", **CLOCK, "zone": NEW_YORK}, "2026-07-16T14:00"),
        ({"before": "contact.on", "by": "1 working day", "at": "10:00", "zone": NEW_YORK}, "2026-07-14T14:00"),
        ({"anniversary": "contact.on", **CLOCK, "zone": NEW_YORK}, "2026-07-14T14:00"),
        ({"anniversary": "contact.on", "by": "1 working day", "at": "10:00", "zone": NEW_YORK}, "2026-07-14T14:00"),
        ({"at": "2026-07-14T10:00", "zone": NEW_YORK}, "2026-07-14T14:00"),
        # Nobody works in Lisbon when it is ten in Tokyo, and the 14th begins there on the 13th.
        ({"before": "contact.on", **CLOCK, "zone": TOKYO}, "2026-07-14T08:00"),
        ({"before": "contact.on", "by": "1 day", "at": "20:00", "zone": TOKYO}, "2026-07-14T11:00"),
        ({"before": "contact.on", **CLOCK}, "2026-07-14T09:00"),
    ],
)
def test_a_wall_time_is_read_by_the_clocks_of_the_rule_though_working_time_is_the_portals(
    doc: dict[str, Any], moment: str
) -> None:
    working = {} if "working" in doc.get("by", "") else PORTAL
    assert due(plan({**doc, **working}, on="2026-07-15", zone=NEW_YORK)) == at(moment)


def test_a_zone_of_the_contact_that_nobody_knows_is_the_portals() -> None:
    for zone in ("Lisbon", "Mars/Base", ""):
        assert due(plan({"at": "2026-07-01T10:00", "zone": "contact"}, zone=zone)) == at("2026-07-01T09:00")


AWAY = {"first": "2026-03-07", "last": "2026-03-10"}
# Over midnight, twice a week.
NIGHTS = {"4": [["22:00", "24:00"]], "5": [["00:00", "06:00"], ["22:00", "24:00"]], "6": [["00:00", "06:00"]]}


@pytest.mark.req("B10", "B11")
@pytest.mark.parametrize(
    ("doc", "moment"),
    [
        ({}, "2026-03-06T22:00"),
        ({"after": "3 hours"}, "2026-03-07T01:00"),
        ({"after": "8 hours"}, "2026-03-07T22:00"),
        ({"after": "15 hours"}, "2026-03-08T05:00"),
        ({"after": "17 hours"}, "2026-03-13T23:00"),
        ({"after": "1 day"}, "2026-03-07T22:00"),
        ({"after": "2 days"}, "2026-03-13T22:00"),
        ({"after": "3 days"}, "2026-03-13T22:00"),
        ({"every": "23:30"}, "2026-03-06T23:30"),
        ({"every": "03:00", "days": ["monday", "sunday"]}, "2026-03-08T03:00"),
        ({"at": "2026-03-08T06:00"}, "2026-03-13T22:00"),
        ({"before": "contact.on", "by": "2 hours"}, "2026-03-08T04:00"),
        ({"before": "contact.on", "by": "9 hours"}, "2026-03-07T05:00"),
        ({"wait_for": "email.received", "at_most": "3 hours"}, "2026-03-07T01:00"),
    ],
)
def test_a_shift_over_midnight_is_worked_as_one(doc: dict[str, Any], moment: str) -> None:
    week = record("calendar", "portal", {"id": "portal", "zone": "Europe/Lisbon", "weekly": NIGHTS})
    planned = plan({**doc, **PORTAL}, extra=(week,), on="2026-03-08T06:00")
    assert (planned.at if isinstance(planned, DueAt) else getattr(planned, "until", None)) == at(moment)


@pytest.mark.req("B10", "B11")
@pytest.mark.parametrize(
    ("doc", "moment"),
    [
        ({}, "2026-03-06T17:00"),
        ({"after": "2 hours"}, "2026-03-11T10:00"),
        ({"after": "1 day"}, "2026-03-11T17:00"),
        ({"before": "contact.on", "by": "1 day", "if_past": "run"}, "2026-03-05T09:00"),
        ({"after_date": "contact.on", "by": "1 day"}, "2026-03-11T09:00"),
        ({"at": "2026-03-09T11:00"}, "2026-03-11T09:00"),
        ({"every": "11:00"}, "2026-03-11T11:00"),
        ({"anniversary": "contact.on"}, "2026-03-11T09:00"),
        ({"after_previous": "3 hours"}, "2026-03-11T11:00"),
    ],
)
def test_who_is_away_works_neither_then_nor_on_the_holidays_of_the_portal(doc: dict[str, Any], moment: str) -> None:
    ann = record("person", "ann", {"id": "ann", "name": "Ann", "absences": [AWAY]})
    planned = plan({**doc, "working_time": "responsible"}, extra=(ann,), on="2026-03-09")
    assert due(planned) == at(moment)


def missed(knowledge: Knowledge, occurrence: str, now: str) -> str | None:
    daily = read_timing({"every": "10:00", **PORTAL})
    assert isinstance(daily, Recurring)
    return daily.overtaken(PlanContext(facts(deal(entered_at=ENTRY), knowledge=knowledge), at(now), None, occurrence))


def test_over_a_weekend_the_occurrence_of_friday_is_the_latest() -> None:
    assert missed(shop(), "2026-03-06", "2026-03-08T12:00") is None
    assert missed(shop(), "2026-03-06", "2026-03-09T10:00") == "2026-03-09"
