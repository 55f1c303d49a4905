"""Publishes over what has begun: entries, rounds, earlier stages, series, and rules that wait behind others."""

from datetime import timedelta

import pytest
from automation.desk.succeeding import bring_up
from automation.desk.testing import Table
from automation.desk.timers import to_fire
from automation.testing import DEAL, NOW, contact, deal, entry, rule, rules, shop
from contracts.actions import PerformAction
from contracts.orders import RetryExecution
from contracts.rules import Rule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLIENT = contact()
ITEM = deal(to=(CLIENT,))
OTHER = {"send-sms": {"text": "Other"}}
GREET = rule("greet")
NUDGE = rule("nudge", timing={"after": "2 days"})
SOONER = rule("nudge", OTHER, timing={"after": "1 day"})
THEN = rule("then", timing={"after_previous": "0 minutes"})


def enter(table: Table, *published: Rule) -> None:
    table.knowledge = shop(*published)
    table.take(entry(ITEM, CLIENT))


def leave(table: Table) -> None:
    there = deal(stage="documents", activation=2, version=8, entered_at=NOW + 5 * HOUR, to=(CLIENT,))
    table.take(entry(there, CLIENT))


def publish(table: Table, waiting: str, *published: Rule) -> None:
    table.knowledge = table.knowledge.with_([rules(*published, number=2, waiting=waiting)])


def brought_up(table: Table) -> None:
    desk = table.desk()
    bring_up(desk, DEAL)
    table.keep(desk)


def said(table: Table) -> list[str]:
    return [action.params["text"] for action in table.heard(PerformAction)]


def retry(table: Table, key: str) -> RetryExecution:
    return RetryExecution(execution=table.row(key).id, item=DEAL, by="user:ann")


def test_what_was_blocked_is_not_begun_by_a_retry_after_a_publish_that_ended_its_rules(table: Table) -> None:
    enter(table, GREET, THEN)
    table.take(table.outcome("greet", "failed"))
    publish(table, "cancel", GREET, THEN)
    table.take(retry(table, "greet"))
    table.take(table.outcome("greet", "sent", 3))
    assert table.states() == {"greet": "succeeded", "then": "blocked"}
    assert [(action.rule_key, action.round) for action in table.heard(PerformAction)] == [("greet", 1), ("greet", 2)]


def test_what_was_blocked_runs_as_published_since_when_a_retry_of_the_rule_before_it_succeeds(table: Table) -> None:
    enter(table, GREET, THEN)
    table.take(table.outcome("greet", "failed"))
    publish(table, "migrate", GREET, rule("then", OTHER, timing={"after_previous": "1 hour"}))
    brought_up(table)
    assert table.states() == {"greet": "failed", "then": "blocked"}
    table.take(retry(table, "greet"))
    table.take(table.outcome("greet", "sent", 3))
    row = table.row("then")
    assert (row.state, row.rule_set.number, row.due_at) == ("waiting", 2, NOW + HOUR)
    table.now = NOW + HOUR
    table.fire()
    assert said(table) == ["hello", "hello", "Other"]


@pytest.mark.parametrize("later", [(GREET,), (GREET, rule("fresh"), THEN)], ids=["lacks it", "puts another before it"])
def test_what_was_blocked_stays_so_where_a_later_publish_has_it_not_behind_what_a_retry_ends(
    table: Table, later: tuple[Rule, ...]
) -> None:
    enter(table, GREET, THEN)
    table.take(table.outcome("greet", "failed"))
    publish(table, "migrate", *later)
    table.take(retry(table, "greet"))
    table.take(table.outcome("greet", "sent", 3))
    assert table.states() == {"greet": "succeeded", "then": "blocked"}
    assert table.row("then").rule_set.number == 1


def test_what_a_publish_ends_when_it_falls_due_ends_what_waits_behind_it_too(table: Table) -> None:
    enter(table, NUDGE, THEN)
    publish(table, "cancel", NUDGE, THEN)
    table.now = NOW + 2 * DAY
    table.fire(table.row("nudge"))
    assert table.states() == {"nudge": "cancelled", "then": "cancelled"}
    assert said(table) == []


@pytest.mark.parametrize("waiting", ["cancel", "migrate"])
def test_what_belongs_to_an_entry_is_sent_as_the_entry_found_it(table: Table, waiting: str) -> None:
    table.gate_open = False
    enter(table, GREET)
    before = table.row("greet")
    publish(table, waiting, rule("greet", OTHER))
    brought_up(table)
    assert table.row("greet") == before
    table.gate_open = True
    table.fire()
    assert said(table) == ["hello"]


def test_what_a_person_tries_again_is_done_as_published_since_and_stays_due(table: Table) -> None:
    enter(table, NUDGE)
    table.now = NOW + 2 * DAY
    table.fire()
    table.take(table.outcome("nudge", "failed"))
    table.gate_open, table.now = False, NOW + 3 * DAY
    table.take(retry(table, "nudge"))
    publish(table, "migrate", rule("nudge", OTHER, timing={"after": "9 days"}))
    brought_up(table)
    row = table.row("nudge")
    assert (row.rule_set.number, row.state, row.due_at) == (2, "waiting", NOW + 3 * DAY)
    table.gate_open = True
    table.fire()
    assert said(table) == ["hello", "Other"]


def test_what_stays_from_an_earlier_stage_counts_anew_from_its_entry_under_a_later_publish(table: Table) -> None:
    enter(table, NUDGE.model_copy(update={"keep_on_leave": True}))
    leave(table)
    publish(table, "migrate", rule("first"), SOONER.model_copy(update={"keep_on_leave": True}))
    brought_up(table)
    row = table.row("nudge")
    assert (row.rule_set.number, row.position, row.state, row.due_at) == (2, 1, "waiting", NOW + DAY)
    table.now = NOW + DAY
    table.fire()
    assert said(table) == ["Other"]


def test_a_wait_of_an_earlier_stage_that_a_publish_puts_first_counts_from_when_it_was_planned(table: Table) -> None:
    heard = rule("heard", timing={"wait_for": "email.received", "at_most": "1 day"}, keep_on_leave=True)
    enter(table, NUDGE.model_copy(update={"keep_on_leave": True}), heard)
    leave(table)
    assert table.states() == {"nudge": "waiting", "heard": "waiting_for_previous"}
    table.now = NOW + 6 * HOUR
    publish(table, "migrate", heard)
    brought_up(table)
    row = table.row("heard")
    assert (row.rule_set.number, row.state, row.due_at) == (2, "waiting_for_signal", NOW + DAY)


def test_an_occurrence_that_a_publish_drops_gives_way_to_the_next_that_it_has(table: Table) -> None:
    daily = {"every": "10:00", "zone": "UTC"}
    enter(table, rule("report", timing=daily))
    table.fire(table.occurrence("report", "2026-03-02"))
    publish(table, "migrate", rule("report", timing={**daily, "days": ["monday"]}))
    desk = table.desk()
    bring_up(desk, DEAL)
    table.keep(desk)
    assert table.occurrences("report") == {
        "2026-03-02": "dispatched",
        "2026-03-03": "skipped",
        "2026-03-09": "waiting",
    }
    monday = table.occurrence("report", "2026-03-09")
    assert (monday.rule_set.number, to_fire(desk)) == (2, {monday.id: NOW + 7 * DAY})
