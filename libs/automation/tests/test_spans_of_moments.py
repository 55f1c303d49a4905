"""How early and how late the analysis takes a rule to run, against the moments that its timing really gives."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from automation.analysis.outline import Outline
from automation.analysis.spans import earliest, latest, same_moment
from automation.facts import Facts
from automation.intervals import Interval
from automation.testing import PIPELINE, deal, facts, record, rule, shop
from automation.timing import DueAt, DueNow, PlanContext, read_timing
from hypothesis import event, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
ZONES = ["Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "UTC", "Pacific/Apia"]
PIECES = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from(["month", "week", "day", "hour", "minute"])), min_size=1, max_size=3
).map(lambda pieces: " ".join(f"{number} {unit}s" for number, unit in pieces))
WORKING = st.tuples(st.integers(1, 30), st.sampled_from(["day", "hour"])).map(lambda one: f"{one[0]} working {one[1]}s")
ENTERED = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
AFTER = st.fixed_dictionaries({"after": PIECES | WORKING}, optional={"working_time": st.just("portal")})
TIMINGS: st.SearchStrategy[Json] = st.just({}) | AFTER


def outline(timings: list[Json], zone: str) -> Outline:
    """Give the outline of rules, one for each timing, in their order."""
    listed = [rule(f"r{number}", timing=timing) for number, timing in enumerate(timings)]
    knowledge = shop(*listed, extra=(record("portal", "portal", {"zone": zone}),))
    return Outline.of(knowledge.rule_sets[PIPELINE, 1], knowledge.pipelines[PIPELINE], knowledge)


def moment_of(timing: Json, here: Facts, start: datetime) -> datetime:
    """Give the moment of a rule whose entry, or the rule before it, was at a moment."""
    planned = read_timing(timing).plan(PlanContext(here, start, start))
    assert isinstance(planned, DueAt | DueNow)
    return planned.at


@settings(max_examples=60, deadline=None)
@given(st.lists(TIMINGS, min_size=1, max_size=3), ENTERED, st.sampled_from(ZONES))
def test_no_rule_runs_before_its_earliest_nor_is_due_after_its_latest(
    timings: list[Json], entered: datetime, zone: str
) -> None:
    told = outline(timings, zone)
    here = facts(deal(entered_at=entered, created_at=entered), knowledge=told.knowledge)
    for spot, timing in zip(told.spots, timings, strict=True):
        waited = moment_of(timing, here, entered) - entered
        last = latest(spot)
        assert waited >= earliest(spot)
        assert last is None or waited <= last
        event("bounded" if last is not None else "open")


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES | st.just("0 minutes"), min_size=2, max_size=4), ENTERED, st.sampled_from(ZONES))
def test_of_a_chain_each_waits_at_least_for_all_before_it(spans: list[str], entered: datetime, zone: str) -> None:
    timings = [{"after": spans[0]}, *({"after_previous": span} for span in spans[1:])]
    told = outline(timings, zone)
    here = facts(deal(entered_at=entered, created_at=entered), knowledge=told.knowledge)
    at = entered
    for spot, span in zip(told.spots, spans, strict=True):
        at = Interval.read(span).after(at, here.zone)
        assert at - entered >= earliest(spot)
    known = [earliest(spot) for spot in told.spots]
    assert all(one <= other for one, other in pairwise(known))
    assert all(latest(spot) is None for spot in told.spots[1:])


ALIKE: list[tuple[Json, Json, bool]] = [
    ({}, {}, True),
    ({"after": "60 minutes"}, {"after": "1 hour"}, True),
    ({"after": "1 day"}, {"after": "24 hours"}, False),
    ({"after": "2 weeks"}, {"after": "14 days"}, True),
    ({"after": "1 month"}, {"after": "30 days"}, False),
    ({"after": "12 months"}, {"after": "1 year"}, True),
    ({"after": "1 week", "working_time": "portal"}, {"after": "7 days", "working_time": "portal"}, False),
    ({"after": "1 day", "working_time": "portal"}, {"after": "1 day"}, False),
    ({"after": "1 day"}, {"after": "1 day", "if_past": "skip"}, True),
    ({"after": "1 day"}, {"after": "1 day", "zone": "responsible"}, False),
    ({"at": "2026-03-02"}, {"at": "2026-03-02T00:00"}, True),
    ({"at": "2026-03-02T12:00+02:00"}, {"at": "2026-03-02T10:00+00:00"}, True),
    ({"at": "2026-03-02"}, {"at": "2026-03-03"}, False),
    ({"every": "10:00"}, {"every": "10:00", "days": ["monday"]}, True),
    ({"every": "10:00", "days": ["monday", "tuesday"]}, {"every": "10:00", "days": ["tuesday"]}, True),
    ({"every": "10:00", "days": ["monday"]}, {"every": "10:00", "days": ["tuesday"]}, False),
    ({"every": "10:00"}, {"every": "10:30"}, False),
    ({"before": "item.payment_due", "by": "1 day"}, {"before": "item.payment_due", "by": "1 day"}, True),
    ({"before": "item.payment_due"}, {"after_date": "item.payment_due"}, False),
    ({"after_previous": "1 day"}, {"after_previous": "1 day"}, False),
    ({"after": "1 day"}, {"after_previous": "1 day"}, False),
]


@pytest.mark.parametrize(("one", "other", "alike"), ALIKE)
def test_two_timings_mean_the_same_moment_however_they_are_written(one: Json, other: Json, *, alike: bool) -> None:
    first, second = read_timing(one), read_timing(other)
    assert same_moment(first, second) is alike
    assert same_moment(second, first) is alike


def test_nothing_that_is_counted_in_working_time_or_from_a_change_has_a_latest() -> None:
    timings: list[Json] = [
        {"after": "1 working day"},
        {"after": "1 day", "working_time": "portal"},
        {"after": "1 day", "since": "last_change"},
        {"at": "2026-03-09T10:00"},
        {"before": "item.payment_due"},
        {"every": "10:00"},
    ]
    told = outline(timings, "UTC")
    assert [latest(spot) for spot in told.spots] == [None] * len(timings)
    assert [earliest(spot) for spot in told.spots][3:] == [timedelta()] * 3
