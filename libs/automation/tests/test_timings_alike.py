"""Timings that count from something else than the entry give what those give that the minutes have proven."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from automation.facts import Facts
from automation.testing import NOW, deal, facts, invoice, record, shop
from automation.timing import DueAt, PlanContext, WaitingForSignal, read_timing
from hypothesis import given, settings
from hypothesis import strategies as st

LATER = st.timedeltas(timedelta(), timedelta(days=400)).map(lambda span: NOW + span)
SPANS = st.sampled_from(["0 minutes", "45 minutes", "5 hours", "1 day", "3 days 2 hours", "1 month", "2 working days"])
OPTIONS = st.sampled_from([{}, {"working_time": "portal"}, {"zone": "Australia/Lord_Howe"}, {"zone": "Africa/Cairo"}])
DAYS = st.dates(date(2026, 2, 1), date(2027, 5, 1))
FEW = settings(max_examples=60)


def moment(timing: dict[str, Any], seen: Facts, previous_at: datetime | None = None) -> datetime | None:
    """Give when a timing is due, or how long it waits."""
    planned = read_timing(timing).plan(PlanContext(seen, NOW, previous_at))
    assert isinstance(planned, DueAt | WaitingForSignal), planned
    return planned.at if isinstance(planned, DueAt) else planned.until


@pytest.mark.req("B7")
@FEW
@given(LATER, SPANS, OPTIONS)
def test_after_the_previous_rule_is_a_delay_from_its_end(ended: datetime, span: str, options: dict[str, str]) -> None:
    entered = facts(deal(entered_at=ended))
    expected = moment({"after": span, **options}, entered)
    assert moment({"after_previous": span, **options}, facts(deal()), ended) == expected
    assert moment({"wait_for": "email.received", "at_most": span, **options}, facts(deal()), ended) == expected


@pytest.mark.req("B5")
@FEW
@given(DAYS, SPANS, OPTIONS, st.sampled_from(["before", "after_date"]))
def test_the_date_of_a_linked_item_counts_like_ones_own(
    day: date, span: str, options: dict[str, str], kind: str
) -> None:
    bill = invoice(pay_before=day.isoformat())
    seen = facts(deal(payment_due=day.isoformat(), to=(bill,)), bill)
    rest = {"by": span, "at": "10:00", "if_past": "run", **options}
    assert moment({kind: "invoice.pay_before", **rest}, seen) == moment({kind: "item.payment_due", **rest}, seen)


@pytest.mark.req("B10", "B11")
@FEW
@given(LATER, SPANS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=4))
def test_absences_of_the_responsible_are_further_holidays_in_their_own_hours(
    entered: datetime, span: str, away: list[tuple[int, int]]
) -> None:
    week = {1: [["08:00", "12:00"], ["20:00", "24:00"]], 2: [["00:00", "03:00"]], 5: [["10:00", "11:30"]]}
    spans = [(entered.date() + timedelta(days=start), length) for start, length in away]
    absences = [{"first": first, "last": first + timedelta(days=length)} for first, length in spans]
    days = [(first + timedelta(days=n)).isoformat() for first, length in spans for n in range(length + 1)]
    item = deal(entered_at=entered)
    ann = record("person", "ann", {"id": "ann", "name": "Ann", "weekly": week, "absences": absences})
    office = {"id": "portal", "zone": "Europe/Lisbon", "weekly": week, "holidays": days}
    person = facts(item, knowledge=shop(extra=(ann,)))
    portal = facts(item, knowledge=shop(extra=(record("calendar", "portal", office),)))
    own = moment({"after": span.replace("working ", ""), "working_time": "responsible"}, person)
    assert own == moment({"after": span.replace("working ", ""), "working_time": "portal"}, portal)
