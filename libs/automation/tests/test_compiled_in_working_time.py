"""Compiled rules decide as the general path does where calendars, zones, holidays and people's own hours are read."""

from datetime import timedelta
from typing import Any

import pytest
from automation.compiled import Rules
from automation.desk.trials.two_ways import Due, agree, planned
from automation.testing import NOW, contact, deal, record, rule
from contracts.config import ConfigChanged
from hypothesis import event, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
DAY = timedelta(days=1)
SMS: Json = {"send-sms": {"text": "{{ item.title }}"}}
TASK: Json = {"create-task": {"title": "call", "deadline": "3 working days"}}
SOON: Json = {"create-task": {"title": "call", "deadline": "650 hours"}}
LATER: Json = {"create-task": {"title": "call", "deadline": "1 month 2 days"}}
BUYER = contact(name="Maria", zone="America/New_York")
ITEM = deal(to=(BUYER,), payment_due="2026-03-29T02:30", colour="red")

# From the Monday on which the item enters, around the last Sunday of March, when clocks change in Europe.
TIMINGS: list[Json] = [
    {"after": "26 days"},
    {"after": "27 days 15 hours"},
    {"after": "640 hours"},
    {"after": "26 days", "working_time": "portal"},
    {"after": "3 working days"},
    {"after": "200 hours", "working_time": "portal"},
    {"after": "2 days", "working_time": "responsible"},
    {"after": "9 working hours", "zone": "responsible"},
    {"after": "1 month", "zone": "contact"},
    {"after": "1 day", "since": "last_change", "working_time": "portal"},
    {"before": "item.payment_due", "by": "1 day"},
    {"before": "item.payment_due", "by": "8 hours", "working_time": "portal"},
    {"before": "item.payment_due", "by": "2 days", "at": "02:30", "working_time": "responsible"},
    {"after_date": "item.payment_due", "by": "1 hour", "zone": "contact"},
    {"after_date": "item.payment_due", "at": "01:30"},
    {"at": "2026-03-29T01:30"},
    {"at": "2026-03-28T12:00", "working_time": "portal"},
    {"working_time": "portal"},
    {"working_time": "responsible"},
]
OFFICE: Json = {str(day): [["09:00", "13:00"], ["14:00", "18:00"]] for day in range(5)}
NIGHTS: Json = {str(day): [["00:00", "03:00"], ["22:30", "24:00"]] for day in range(7)}


def company(zone: str, weekly: Json, holidays: list[str], ann: Json) -> tuple[ConfigChanged, ...]:
    """Give the portal's zone and calendar, and who is responsible."""
    calendar = {"id": "portal", "zone": zone, "weekly": weekly, "holidays": holidays}
    told = {"id": "ann", "name": "Ann", "email": "ann@shop.example", **ann}
    return (
        record("portal", "portal", {"zone": zone}),
        record("calendar", "portal", calendar),
        record("person", "ann", told),
    )


@pytest.mark.parametrize("timing", TIMINGS, ids=str)
def test_what_is_due_in_working_time_is_compiled(timing: Json) -> None:
    ann = {"weekly": NIGHTS, "zone": "America/New_York"}
    case = planned(rule("r", TASK, timing=timing), ITEM, (BUYER,), *company("Europe/Lisbon", OFFICE, [], ann))
    assert case is not None
    assert agree(case)


DAYS = st.integers(-2, 40).map(lambda day: (NOW.date() + day * DAY).isoformat())
ABSENCES = st.tuples(DAYS, DAYS, st.sampled_from([None, "eva"])).map(
    lambda one: {"first": min(one[:2]), "last": min(max(one[:2]), "2026-04-03"), "deputy": one[2]}
)
PEOPLE: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "weekly": st.sampled_from([OFFICE, NIGHTS]),
        "zone": st.sampled_from(["America/New_York", "Asia/Tokyo"]),
        "absences": st.lists(ABSENCES, max_size=1),
    },
)
LATE = st.sampled_from([0, 1, 59, 61, 3600, 9 * 3600, 26 * 3600, 3 * 86_400])


@settings(max_examples=50, deadline=None)
@given(
    timing=st.sampled_from(TIMINGS),
    do=st.sampled_from([SMS, TASK, SOON, LATER]),
    zone=st.sampled_from(["Europe/Lisbon", "America/New_York", "Australia/Lord_Howe"]),
    weekly=st.sampled_from([OFFICE, NIGHTS]),
    holidays=st.lists(DAYS, max_size=3, unique=True),
    ann=PEOPLE,
    late=LATE,
    catch_up=st.sampled_from([None, "run", "skip", "run_if_late_by_at_most 1 day"]),
)
def test_calendars_are_read_alike_on_both_paths(
    *, timing: Json, do: Json, zone: str, weekly: Json, holidays: list[str], ann: Json, late: int, catch_up: str | None
) -> None:
    told = company(zone, weekly, sorted(holidays), ann)
    one = rule("r", do, timing=timing, catch_up=catch_up)
    case = planned(one, ITEM, (BUYER,), *told, late=timedelta(seconds=late))
    if case is None:
        return
    event("compiled" if agree(case) else "left to the general path")


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(TIMINGS), st.lists(st.tuples(LATE, st.sampled_from(["ann", "rui", None])), min_size=2, max_size=5)
)
def test_a_rule_that_is_compiled_once_reads_the_hours_of_whoever_is_responsible_now(
    timing: Json, turns: list[tuple[int, str | None]]
) -> None:
    ann = {"weekly": NIGHTS, "zone": "Asia/Tokyo", "absences": [{"first": "2026-03-27", "last": "2026-03-30"}]}
    told = company("Europe/Lisbon", OFFICE, ["2026-03-03"], ann)
    one = rule("r", {"create-task": {"title": "t", "deadline": "1 working day"}}, timing=timing, catch_up="run")
    rules: Rules | None = None
    for late, responsible in turns:
        item = ITEM.model_copy(update={"responsible": responsible})
        case = planned(one, item, (BUYER,), *told, late=timedelta(seconds=late))
        if case is None:
            continue
        rules = rules or Rules(case.knowledge)
        # What was planned for one may come to be somebody else's before it is due.
        for person in ("ann", "rui", responsible):
            now = item.model_copy(update={"responsible": person})
            agree(Due(rules.knowledge, case.row, now, (BUYER,), case.now), rules)
