"""Rules that wait for a signal: it arrives, or the time is up, and the rule after may ask for either."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.desk.testing import Table
from automation.desk.timers import to_fire
from automation.testing import NOW, contact, deal, entry, record, rule, shop
from contracts.ids import derived
from contracts.items import ItemSignalled, SignalSeen

FIRST = rule("first", {"set-variable": {"name": "n", "value": "1"}}, timing={"after": "1 hour"})
OPENED = rule("opened", timing={"wait_for": "document.opened", "filter": {"name": "offer"}, "at_most": "1 day"})
CLIENT = contact()
SOON = NOW + timedelta(hours=1)


def after(outcome: str) -> Any:
    task = {"create-task": {"title": "Call"}}
    return rule("then", task, timing={"after_previous": "1 hour", "on_previous": outcome})


def plan(table: Table, *rules: Any) -> None:
    table.knowledge = shop(*rules)
    table.take(entry(deal(to=(CLIENT,)), CLIENT))


def signal(table: Table, at: datetime, version: int = 8, **payload: str) -> None:
    seen = SignalSeen(id=derived("test", version), kind="document.opened", happened_at=at, payload=payload)
    table.take(ItemSignalled(item=deal(version=version, to=(CLIENT,)), linked=(CLIENT,), config=1, signal=seen))


def test_a_wait_begins_when_the_rule_before_it_succeeded_and_a_fitting_signal_lets_it_run(table: Table) -> None:
    plan(table, FIRST, OPENED, after("arrived"))
    assert table.states() == {"first": "waiting", "opened": "waiting_for_previous", "then": "waiting_for_previous"}
    table.now = SOON
    desk = table.fire(table.row("first"))
    waits = table.row("opened")
    assert (waits.state, waits.due_at) == ("waiting_for_signal", SOON + timedelta(days=1))
    assert to_fire(desk) == {waits.id: waits.due_at}
    signal(table, SOON, name="invoice")
    assert table.row("opened").state == "waiting_for_signal"
    signal(table, SOON, version=9, name="offer")
    assert table.row("opened").state == "dispatched"
    assert table.row("opened").notes[-1].cause == "document.opened arrived at 2026-03-02 11:00 UTC"


def test_a_signal_that_changed_nothing_and_so_has_no_version_of_its_own_is_heard(table: Table) -> None:
    plan(table, OPENED)
    known = deal(to=(CLIENT,))
    seen = SignalSeen(id=derived("test", 1), kind="document.opened", happened_at=SOON, payload={"name": "offer"})
    for _ in range(2):
        table.take(ItemSignalled(item=known, linked=(CLIENT,), config=1, signal=seen))
        assert table.row("opened").state == "dispatched"


@pytest.mark.parametrize(
    ("outcome", "state"), [("timed_out", "waiting"), ("arrived", "blocked"), ("finished", "waiting")]
)
def test_when_the_time_is_up_its_action_does_not_run_and_the_rule_after_is_told(
    table: Table, outcome: str, state: str
) -> None:
    plan(table, OPENED, after(outcome))
    table.now = NOW + timedelta(days=1)
    table.fire(table.row("opened"))
    assert table.states() == {"opened": "skipped", "then": state}
    assert table.row("opened").reason == "timed out: no document.opened until 2026-03-03 10:00 UTC"
    signal(table, table.now, name="offer")
    assert table.row("opened").state == "skipped"


def test_a_signal_that_was_heard_before_the_wait_began_counts_if_it_happened_since(table: Table) -> None:
    plan(table, FIRST, OPENED)
    table.now = SOON + timedelta(minutes=5)
    signal(table, SOON - timedelta(minutes=1), name="offer")
    table.gate_open = True
    table.now = SOON
    signal(table, SOON + timedelta(seconds=1), version=9, name="offer")
    assert table.row("opened").state == "waiting_for_previous"
    table.fire(table.row("first"))
    assert table.states() == {"first": "succeeded", "opened": "dispatched"}


def test_a_signal_from_before_the_rule_before_it_succeeded_does_not_count(table: Table) -> None:
    plan(table, FIRST, OPENED)
    signal(table, NOW, name="offer")
    table.now = SOON
    table.fire(table.row("first"))
    assert table.row("opened").state == "waiting_for_signal"


def test_a_signal_that_is_told_late_counts_when_it_happened_in_time(table: Table) -> None:
    plan(table, OPENED)
    table.now = NOW + timedelta(days=2)
    signal(table, NOW + timedelta(days=1, minutes=1), name="offer")
    assert table.row("opened").state == "waiting_for_signal"
    signal(table, NOW + timedelta(hours=23), version=9, name="offer")
    assert table.row("opened").state == "dispatched"


def test_nothing_times_out_while_all_is_paused(table: Table) -> None:
    plan(table, OPENED)
    table.knowledge = table.knowledge.with_((record("pause", "p", {"scope": "all"}, revision=2),))
    table.now = NOW + timedelta(days=1)
    assert table.fire().held == {table.row("opened").id}
    assert table.row("opened").state == "waiting_for_signal"


def test_a_wait_without_an_end_has_no_timer_and_a_leave_cancels_it(table: Table) -> None:
    plan(table, rule("opened", timing={"wait_for": "document.opened"}))
    row = table.row("opened")
    assert (row.state, row.due_at, row.reason) == ("waiting_for_signal", None, "waiting for document.opened")
    gone = deal(version=8, activation=2, stage="documents", to=(CLIENT,))
    table.take(entry(gone, CLIENT))
    assert table.row("opened").state == "cancelled"


def test_an_edit_leaves_a_wait_as_it_is(table: Table) -> None:
    plan(table, OPENED)
    before = table.row("opened")
    table.now = SOON
    signal(table, SOON, name="other")
    assert table.row("opened") == before
