"""Edges of timings: the very moment that is due, the first and the last that count, and whose clock is meant."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.intervals import Interval
from automation.planning import plan_entry
from automation.testing import CAUSE, NOW, at, contact, deal, entry, facts, named, record, rule, shop
from automation.timing import DueAt, PlanContext, Planned, Recurring, SkippedPast, read_timing
from automation.timing.wait_for import WaitFor
from automation.waiting import arrived
from contracts.items import SignalSeen

# A Friday.
ENTRY = at("2026-03-06T17:00")
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def plan(doc: dict[str, Any], now: datetime = ENTRY, *, person: dict[str, Any] | None = None, **more: Any) -> Planned:
    """Plan a document for a deal of Ann's that entered on Friday at 17:00, when its client has their birthday."""
    client = contact(birthday="1990-03-06T17:00")
    ann = record("person", "ann", {"id": "ann", "name": "Ann", **(person or {})})
    known = facts(deal(entered_at=ENTRY, to=(client,)), client, knowledge=shop(extra=(ann,)))
    return read_timing(doc).plan(PlanContext(known, now, **more))


def due(planned: Planned) -> datetime:
    assert isinstance(planned, DueAt), planned
    return planned.at


@pytest.mark.parametrize(
    ("written", "elapses", "is_zero"),
    [
        ("90 seconds", True, False),
        ("0 minutes", True, True),
        ("4 working hours", False, False),
        ("0 working minutes", False, True),
        ("1 day", False, False),
        ("1 week", False, False),
        ("1 month", False, False),
    ],
)
def test_what_neither_a_calendar_nor_working_time_has_a_say_in_elapses(
    written: str, *, elapses: bool, is_zero: bool
) -> None:
    interval = Interval.read(written)
    assert (interval.elapses, interval.is_zero) == (elapses, is_zero)


@pytest.mark.parametrize(
    ("written", "own", "moment"),
    [
        ("2 working hours", {}, "2026-03-09T10:00"),
        ("90 working minutes", {}, "2026-03-09T09:30"),
        ("1 working day", {}, "2026-03-09T17:00"),
        ("2 working hours", {"working_time": "responsible"}, "2026-03-07T12:00"),
        ("1 working day", {"working_time": "responsible"}, "2026-03-14T10:00"),
    ],
)
def test_working_hours_are_the_portals_unless_the_rule_asks_for_those_of_the_responsible(
    written: str, own: dict[str, str], moment: str
) -> None:
    saturdays = {"weekly": {"5": [["10:00", "11:30"], ["11:30", "14:00"]]}}
    assert due(plan({**own, "after": written}, person=saturdays)) == at(moment)


@pytest.mark.parametrize(
    ("changed_at", "start", "words"),
    [
        (None, ENTRY, "entry"),
        (ENTRY - HOUR, ENTRY, "entry"),
        (ENTRY + HOUR, ENTRY + HOUR, "the last change"),
    ],
)
def test_the_last_change_is_that_of_this_entry_or_the_entry_itself(
    changed_at: datetime | None, start: datetime, words: str
) -> None:
    doc = {"after": "2 hours", "since": "last_change"}
    assert plan(doc, changed_at=changed_at) == DueAt(start + 2 * HOUR, f"2 hours after {words}")
    assert due(plan({"after": "2 hours"}, changed_at=changed_at)) == ENTRY + 2 * HOUR


@pytest.mark.parametrize(
    "doc", [{"after": "2 hours"}, {"after": "1 day"}, {"after": "2 hours", "since": "last_change"}]
)
def test_what_counts_from_another_moment_than_the_entry_is_later_by_as_much(doc: dict[str, str]) -> None:
    assert due(plan(doc, counts_from=ENTRY + DAY)) == due(plan(doc)) + DAY


@pytest.mark.parametrize(
    ("doc", "known_by"),
    [
        ({"at": "2026-03-06T17:00"}, timedelta()),
        ({"before": "contact.birthday", "by": "0 days"}, timedelta()),
        ({"after": "0 minutes"}, timedelta(minutes=1)),
        ({"after_previous": "0 minutes"}, timedelta(minutes=1)),
    ],
)
@pytest.mark.parametrize(("late", "kind"), [(-SECOND, DueAt), (timedelta(), DueAt), (SECOND, SkippedPast)])
def test_a_moment_is_past_when_it_is_over_and_not_before(
    doc: dict[str, str], known_by: timedelta, late: timedelta, kind: type[DueAt | SkippedPast]
) -> None:
    client = contact(birthday="2026-03-06T17:00")
    known = facts(deal(entered_at=ENTRY, to=(client,)), client)
    planned = read_timing({**doc, "if_past": "skip"}).plan(PlanContext(known, ENTRY + known_by + late, ENTRY))
    assert isinstance(planned, kind)
    assert planned.at == ENTRY


@pytest.mark.parametrize(
    ("late", "named_", "first"),
    [(timedelta(), DueAt, ("2026", ENTRY)), (SECOND, SkippedPast, ("2027", at("2027-03-06T17:00")))],
)
def test_an_anniversary_is_this_years_until_it_is_over(
    late: timedelta, named_: type[DueAt | SkippedPast], first: tuple[str, datetime]
) -> None:
    doc = {"anniversary": "contact.birthday"}
    assert isinstance(plan(doc, ENTRY + late, occurrence="2026"), named_)
    found = plan(doc, ENTRY + late)
    assert isinstance(found, DueAt)
    assert (found.occurrence, found.at) == first


@pytest.mark.parametrize(("early", "after"), [(SECOND, None), (timedelta(), "2026-03-09"), (-SECOND, "2026-03-09")])
def test_an_occurrence_is_overtaken_as_soon_as_the_next_is_due(early: timedelta, after: str | None) -> None:
    daily = read_timing({"every": "10:00"})
    assert isinstance(daily, Recurring)
    context = PlanContext(facts(deal(entered_at=ENTRY)), at("2026-03-09T10:00") - early, occurrence="2026-03-08")
    assert daily.overtaken(context) == after


@pytest.mark.parametrize(
    ("person", "moment"),
    [
        ({}, "2026-07-01T09:00"),
        ({"zone": "Asia/Tokyo"}, "2026-07-01T01:00"),
        ({"zone": "Asia/Tokyo", "weekly": {"0": [["09:00", "18:00"]]}}, "2026-07-01T01:00"),
        ({"weekly": {"0": [["09:00", "18:00"]]}}, "2026-07-01T09:00"),
    ],
)
def test_the_zone_of_the_responsible_is_their_own_where_stored(person: dict[str, Any], moment: str) -> None:
    assert due(plan({"at": "2026-07-01T10:00", "zone": "responsible"}, person=person)) == at(moment)
    assert due(plan({"at": "2026-07-01T10:00"}, person=person)) == at("2026-07-01T09:00")


def seen(happened_at: datetime, **payload: str) -> SignalSeen:
    id_ = named(f"{happened_at} {payload}")
    return SignalSeen(id=id_, kind="email.received", happened_at=happened_at, payload=payload)


@pytest.mark.parametrize(
    ("happened_at", "counts"), [(NOW - SECOND, False), (NOW, True), (NOW + DAY, True), (NOW + DAY + SECOND, False)]
)
def test_a_signal_counts_from_the_beginning_of_a_wait_to_its_end(happened_at: datetime, *, counts: bool) -> None:
    waits = rule("waits", timing={"wait_for": "email.received", "at_most": "1 day"})
    knowledge = shop(waits)
    [row] = plan_entry(entry(deal()), knowledge, CAUSE, NOW)
    assert (row.state, row.due_at) == ("waiting_for_signal", NOW + DAY)
    assert (arrived(row, waits, [seen(happened_at)], knowledge, NOW + 2 * DAY) is not None) is counts


def test_of_several_signals_the_earliest_that_fits_is_the_one_that_arrived() -> None:
    wait = read_timing({"wait_for": "email.received", "filter": {"about": "offer"}})
    assert isinstance(wait, WaitFor)
    told = [seen(NOW + 2 * HOUR, about="offer"), seen(NOW + HOUR, about="offer"), seen(NOW, about="bill")]
    assert wait.heard(told) == told[1]
    assert wait.heard(told[2:]) is None


@pytest.mark.parametrize("written", ["100 years", "1200 months", "50 years 600 months", "36500 days"])
def test_an_interval_may_be_a_century_and_no_second_longer(written: str) -> None:
    assert Interval.read(written).checked() == Interval.read(written)
    with pytest.raises(ValueError, match="longer than 100 years"):
        Interval.read(f"{written} 1 second")
