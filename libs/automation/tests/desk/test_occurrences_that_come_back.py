"""Days that a series left out and that are worked after all; and series that a person ends while they go on."""

from typing import Any

import pytest
from automation.desk.replanning import replan_item
from automation.desk.testing import Table
from automation.testing import DEAL, at, contact, deal, entry, record, rule, rules, shop
from contracts.actions import CancelAction
from contracts.config import ConfigChanged
from contracts.items import ItemChanged
from contracts.orders import CancelExecution

OFFICE = {"id": "portal", "zone": "UTC", "weekly": {day: [["09:00", "18:00"]] for day in range(5)}}
OWN = {"every": "11:00", "zone": "UTC", "working_time": "responsible"}
DAILY = rule("daily", timing=OWN)
THEN = rule("then", {"create-task": {"title": "Call"}}, timing={"after_previous": "1 hour"})
CLIENT = contact()


def away(*absences: tuple[str, str]) -> ConfigChanged:
    told = [{"first": first, "last": last} for first, last in absences]
    return record("person", "ann", {"id": "ann", "name": "Ann", "absences": told})


def plan(table: Table, *published: Any, extra: tuple[ConfigChanged, ...] = ()) -> None:
    table.knowledge = shop(*published, extra=(record("calendar", "portal", OFFICE), *extra))
    table.take(entry(deal(to=(CLIENT,)), CLIENT))


def learn(table: Table, *changes: ConfigChanged) -> None:
    """Go on by another config, and compute the deal afresh, as the job behind a change does; once more does nothing."""
    table.knowledge = table.knowledge.with_(changes)
    for more in (True, False):
        desk = table.desk()
        replan_item(desk, DEAL, "it changed")
        assert more or not desk.changed
        table.keep(desk)


def fire(table: Table, key: str, day: str) -> None:
    table.now = at(f"{day}T11:00")
    table.fire(table.occurrence(key, day))


@pytest.mark.req("B10")
def test_who_comes_back_early_is_reminded_from_then_on_and_no_day_twice(table: Table) -> None:
    plan(table, DAILY, THEN, extra=(away(("2026-03-03", "2026-03-13")),))
    fire(table, "daily", "2026-03-02")
    assert table.occurrences("daily") == {"2026-03-02": "dispatched", "2026-03-16": "waiting"}
    table.now = at("2026-03-04T12:00")
    learn(table, away(("2026-03-03", "2026-03-04")))
    assert table.occurrences("daily") == {
        "2026-03-02": "dispatched",
        "2026-03-05": "waiting",
        "2026-03-16": "waiting",
    }
    assert table.occurrences("then")["2026-03-05"] == "waiting_for_previous"
    for day, following in (("2026-03-05", "2026-03-06"), ("2026-03-06", "2026-03-09"), ("2026-03-09", "2026-03-10")):
        fire(table, "daily", day)
        assert table.occurrences("daily")[following] == "waiting"
    assert len(table.occurrences("daily")) == 6


def test_a_day_that_is_over_does_not_come_back(table: Table) -> None:
    plan(table, DAILY, extra=(away(("2026-03-03", "2026-03-04")),))
    fire(table, "daily", "2026-03-02")
    table.now = at("2026-03-04T11:01")
    learn(table, away())
    assert table.occurrences("daily") == {"2026-03-02": "dispatched", "2026-03-05": "waiting"}


def test_a_day_that_was_cancelled_or_has_fired_does_not_come_back(table: Table) -> None:
    plan(table, DAILY)
    table.take(cancel(table, "2026-03-02", series=False))
    before = {"2026-03-02": "cancelled", "2026-03-03": "waiting"}
    assert table.occurrences("daily") == before
    learn(table, away())
    table.take(ItemChanged(item=deal(to=(CLIENT,), version=8), linked=(CLIENT,), config=1))
    assert table.occurrences("daily") == before


def test_what_is_held_past_its_moment_stays_the_first(table: Table) -> None:
    plan(table, DAILY)
    table.knowledge = table.knowledge.with_([record("pause", "p", {"scope": "all"})])
    table.now = at("2026-03-04T12:00")
    table.fire()
    learn(table, away(("2026-03-06", "2026-03-06")))
    assert table.occurrences("daily") == {"2026-03-02": "waiting"}


def test_a_publish_that_adds_days_of_the_week_lets_the_series_run_on_them(table: Table) -> None:
    weekly = {"every": "11:00", "zone": "UTC", "days": ["monday"]}
    plan(table, rule("daily", timing=weekly))
    fire(table, "daily", "2026-03-02")
    more = rule("daily", timing={**weekly, "days": ["monday", "thursday"]})
    learn(table, rules(more, number=2, waiting="migrate"))
    table.take(ItemChanged(item=deal(to=(CLIENT,), version=8), linked=(CLIENT,), config=1))
    table.fire(table.occurrence("daily", "2026-03-09"))
    assert table.occurrences("daily") == {"2026-03-02": "dispatched", "2026-03-05": "waiting", "2026-03-09": "waiting"}
    assert {row.rule_set.number for row in table.rows() if row.state == "waiting"} == {2}


def cancel(table: Table, day: str, *, series: bool = True) -> CancelExecution:
    row = table.occurrence("daily", day)
    return CancelExecution(execution=row.id, item=row.item, by="user:ann", reason="", series=series)


@pytest.mark.parametrize("ended", [False, True])
def test_a_series_ends_though_the_occurrence_that_was_meant_has_fired_since_it_was_ordered(
    table: Table, *, ended: bool
) -> None:
    plan(table, DAILY, THEN)
    order = table.received(cancel(table, "2026-03-02"))
    fire(table, "daily", "2026-03-02")
    if ended:
        table.take(table.outcome("daily", "sent"))
    for _ in range(2):
        table.take_received([order])
    first = "succeeded" if ended else "dispatched"
    assert table.occurrences("daily") == {"2026-03-02": first, "2026-03-03": "cancelled"}
    assert table.occurrences("then")["2026-03-03"] == "blocked"
    assert len(table.heard(CancelAction)) == (0 if ended else 1)
