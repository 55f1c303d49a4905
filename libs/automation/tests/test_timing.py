"""Each kind of timing, as documents give it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from automation import timing
from automation.documents import DocumentError
from automation.testing import CONTACT, NOW, at, contact, deal, facts, invoice, record, shop
from automation.timing import (
    TIMINGS,
    DueAt,
    DueNow,
    PlanContext,
    Planned,
    SkippedPast,
    WaitingForDate,
    WaitingForPrevious,
    plans,
    read_timing,
    recurring,
)
from contracts.items import Item

ENTRY = at("2026-03-06T17:00")


def plan(
    doc: dict[str, Any],
    *,
    now: datetime = ENTRY,
    previous_at: datetime | None = None,
    linked: tuple[Item, ...] = (),
    **fields: Any,
) -> Planned:
    """Plan a document for a deal that entered on Friday at 17:00."""
    known = facts(deal(entered_at=ENTRY, to=linked, **fields), *linked)
    return read_timing(doc).plan(PlanContext(known, now, previous_at))


def due(doc: dict[str, Any], **more: Any) -> datetime:
    """Give the moment that a document comes to."""
    planned = plan(doc, **more)
    assert isinstance(planned, DueAt | DueNow)
    return planned.at


def test_every_kind_of_timing_is_in_the_table() -> None:
    files = {path.stem for path in Path(timing.__file__).parent.glob("*.py")} - {"__init__"}
    listed = {kind.__module__.rpartition(".")[2] for kind in TIMINGS.values()}
    assert files == listed | {frame.__name__.rpartition(".")[2] for frame in (plans, recurring)}


@pytest.mark.parametrize("doc", [{}, {"immediate": True}])
def test_no_timing_is_immediate_and_belongs_to_the_entry(doc: dict[str, Any]) -> None:
    assert plan(doc) == DueNow(ENTRY)
    assert read_timing(doc).of_entry


def test_immediate_in_working_time_waits_for_opening_and_does_not_belong_to_the_entry() -> None:
    doc = {"working_time": "portal"}
    assert due(doc) == ENTRY
    assert not read_timing(doc).of_entry
    saturday = facts(deal(entered_at=at("2026-03-07T12:00")))
    planned = read_timing(doc).plan(PlanContext(saturday, at("2026-03-07T12:00")))
    assert planned == DueAt(at("2026-03-09T09:00"), "the next working moment after entry")


@pytest.mark.req("B2")
@pytest.mark.parametrize(
    ("doc", "moment"),
    [
        ({"after": "90 minutes"}, "2026-03-06T18:30"),
        ({"after": "3 hours"}, "2026-03-06T20:00"),
        ({"after": "2 days"}, "2026-03-08T17:00"),
        ({"after": "1 month"}, "2026-04-06T16:00"),
        ({"after": "30 days", "zone": "UTC"}, "2026-04-05T17:00"),
    ],
)
def test_delay_counts_from_the_entry(doc: dict[str, Any], moment: str) -> None:
    assert due(doc) == at(moment)
    assert due(doc, now=at("2027-01-01T00:00")) == at(moment)


@pytest.mark.req("B10", "B11")
@pytest.mark.parametrize(
    ("doc", "moment"),
    [
        ({"after": "2 hours", "working_time": "portal"}, "2026-03-09T10:00"),
        ({"after": "1 day", "working_time": "portal"}, "2026-03-09T17:00"),
        ({"after": "1 working day"}, "2026-03-09T17:00"),
        ({"before": "item.payment_due", "by": "1 day", "working_time": "portal"}, "2026-03-19T09:00"),
        ({"after_date": "item.payment_due", "by": "1 day", "working_time": "portal"}, "2026-03-23T09:00"),
        ({"at": "2026-03-14T10:00", "working_time": "portal"}, "2026-03-16T09:00"),
    ],
)
def test_working_time_combines_with_each_kind(doc: dict[str, Any], moment: str) -> None:
    assert due(doc, payment_due="2026-03-21") == at(moment)


@pytest.mark.req("B3")
@pytest.mark.parametrize(
    ("doc", "date", "moment"),
    [
        ({"by": "1 day"}, "2026-12-01", "2026-11-30T00:00"),
        ({"by": "1 day", "at": "10:00"}, "2026-12-01", "2026-11-30T10:00"),
        ({"by": "1 day", "at": "10:00"}, "2026-07-01", "2026-06-30T09:00"),
        ({"by": "2 hours"}, "2026-12-01T15:30", "2026-12-01T13:30"),
        ({"by": "1 month"}, "2026-07-31", "2026-06-29T23:00"),
        ({"by": "1 day", "at": "01:30"}, "2026-03-30", "2026-03-29T01:30"),
        ({"by": "1 day", "at": "10:00", "zone": "America/New_York"}, "2026-12-01", "2026-11-30T15:00"),
        ({}, "2026-12-01T15:30:00+02:00", "2026-12-01T13:30"),
    ],
)
def test_before_a_date_of_the_item(doc: dict[str, Any], date: str, moment: str) -> None:
    assert due({"before": "item.payment_due", **doc}, payment_due=date) == at(moment)


@pytest.mark.req("B5")
def test_before_a_date_of_a_linked_invoice() -> None:
    doc = {"before": "invoice.pay_before", "by": "1 day", "at": "10:00"}
    assert due(doc, linked=(invoice(pay_before="2026-04-10"),)) == at("2026-04-09T09:00")


def test_after_a_date() -> None:
    doc = {"after_date": "item.payment_due", "by": "2 weeks", "at": "08:00"}
    planned = plan(doc, payment_due="2026-03-10")
    words = "2 weeks after item.payment_due (2026-03-10), at 08:00"
    assert planned == DueAt(at("2026-03-24T08:00"), words)


def test_empty_date_is_waited_for() -> None:
    doc = {"before": "item.payment_due", "by": "1 day"}
    assert plan(doc) == WaitingForDate("item.payment_due")
    assert plan(doc, payment_due="") == WaitingForDate("item.payment_due")
    unreadable = plan(doc, payment_due="soon")
    assert isinstance(unreadable, WaitingForDate)
    assert "'soon' is not a date" in unreadable.why


def test_past_moment_is_skipped_before_a_date_and_runs_otherwise() -> None:
    later = at("2026-06-01T00:00")
    skipped = plan({"before": "item.payment_due", "by": "1 day"}, now=later, payment_due="2026-04-01")
    assert isinstance(skipped, SkippedPast)
    assert "was over when it was planned" in skipped.reason
    run = {"before": "item.payment_due", "by": "1 day", "if_past": "run"}
    assert due(run, now=later, payment_due="2026-04-01") == at("2026-03-30T23:00")
    assert due({"after_date": "item.payment_due"}, now=later, payment_due="2026-04-01") == at("2026-03-31T23:00")
    assert isinstance(plan({"at": "2026-04-01", "if_past": "skip"}, now=later), SkippedPast)


@pytest.mark.req("B6")
@pytest.mark.parametrize(
    ("doc", "moment"),
    [
        ({"at": "2026-07-01T10:00"}, "2026-07-01T09:00"),
        ({"at": "2026-07-01T10:00", "zone": "Asia/Tokyo"}, "2026-07-01T01:00"),
        ({"at": "2026-07-01T10:00:00Z"}, "2026-07-01T10:00"),
    ],
)
def test_exact_moment_is_in_the_zone(doc: dict[str, Any], moment: str) -> None:
    assert due(doc) == at(moment)


def test_after_previous_counts_from_the_end_of_the_rule_before_it() -> None:
    assert plan({"after_previous": "1 day"}) == WaitingForPrevious()
    ended = at("2026-03-06T17:30")
    assert due({"after_previous": "0 minutes"}, previous_at=ended) == ended
    assert due({"after_previous": "1 day"}, previous_at=ended) == ended + timedelta(days=1)
    assert due({"after_previous": "1 hour", "working_time": "portal"}, previous_at=ended) == at("2026-03-09T09:30")


def test_responsible_has_own_hours_and_absences() -> None:
    away = {"id": "ann", "name": "Ann", "absences": [{"first": "2026-03-09", "last": "2026-03-09"}]}
    late = {"id": "rui", "name": "Rui", "weekly": {"0": [["12:00", "20:00"]]}}
    knowledge = shop(extra=(record("person", "ann", away), record("person", "rui", late)))
    doc = {"after": "2 hours", "working_time": "responsible"}
    for person, moment in (("ann", "2026-03-10T10:00"), ("rui", "2026-03-09T14:00"), ("eva", "2026-03-09T10:00")):
        known = facts(deal(entered_at=ENTRY, responsible=person), knowledge=knowledge)
        assert read_timing(doc).plan(PlanContext(known, ENTRY)) == DueAt(
            at(moment), "2 hours after entry, in working time"
        )


def test_zone_may_be_the_contacts_own_or_that_of_the_responsible() -> None:
    doc = {"at": "2026-07-01T10:00", "zone": "contact"}
    assert due(doc, linked=(contact(zone="Asia/Tokyo"),)) == at("2026-07-01T01:00")
    assert due(doc, linked=(contact(),)) == at("2026-07-01T09:00")
    assert due({"at": "2026-07-01T10:00", "zone": "responsible"}) == at("2026-07-01T09:00")
    assert contact().id == CONTACT


@pytest.mark.parametrize(
    ("doc", "path", "words"),
    [
        ({"whenever": "10:00"}, "timing", "unknown kind of timing: whenever"),
        ({"every": "ten"}, "timing.every", "is not a time of day"),
        ({"every": "10:00", "days": ["noday"]}, "timing.days.0", "Input should be"),
        ({"anniversary": "contact.birthday", "side": "around"}, "timing.side", "Input should be"),
        ({"anniversary": "contact.birthday", "by": "a while"}, "timing.by", "is not an interval"),
        ({"after": "soon"}, "timing.after", "is not an interval"),
        ({"after": "1 day", "before": "item.x"}, "timing.before", "unknown key"),
        ({"after": "1 day", "working_time": "moon"}, "timing.working_time", "Input should be"),
        ({"after": "1 day", "zone": "Mars/Base"}, "timing.zone", "is not a time zone"),
        ({"before": "item.x", "at": "25:00"}, "timing.at", "is not a time of day"),
        ({"at": "tomorrow"}, "timing.at", "is not a date"),
        ({"after_previous": "1 day", "on_previous": "maybe"}, "timing.on_previous", "Input should be"),
    ],
)
def test_mistakes_name_their_place(doc: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_timing(doc)
    assert caught.value.path == path
    assert words in caught.value.message


def test_unknown_kind_lists_the_known_ones() -> None:
    with pytest.raises(DocumentError) as caught:
        read_timing({"when_the_moon_is_full": True})
    assert (
        caught.value.fix
        == "use one of: after, after_date, after_previous, anniversary, at, before, every, immediate, wait_for"
    )
    assert due({}, now=NOW) == ENTRY
