"""What people order: a cancel of what has not happened, a new round of what did not succeed."""

from datetime import timedelta
from typing import Any

import pytest
from automation.desk.testing import Table
from automation.testing import DEAL, NOW, contact, deal, entry, rule, shop
from contracts.actions import CancelAction, PerformAction
from contracts.ids import effect_id
from contracts.orders import CancelExecution, RetryExecution
from contracts.outcomes import EffectOutcome

CLIENT = contact()


@pytest.fixture
def table() -> Table:
    table = Table()
    follow_up = rule("thanks", timing={"after_previous": "0 minutes"})
    table.knowledge = shop(rule("greet"), follow_up, rule("nudge", timing={"after": "2 days"}))
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    return table


def failed(table: Table, version: int = 2, **more: Any) -> EffectOutcome:
    parts: dict[str, Any] = {"state": "failed", "round": 1, "reason": "no credit", **more}
    row = table.row("greet")
    effect = effect_id(row.id, "contact")
    return EffectOutcome(
        effect=effect, execution=row.id, item=DEAL, activation=1, effects=1, whom="c", version=version, at=NOW, **parts
    )


def retry(table: Table, key: str) -> RetryExecution:
    return RetryExecution(execution=table.row(key).id, item=DEAL, by="user:ann")


def cancel(table: Table, key: str) -> CancelExecution:
    return CancelExecution(execution=table.row(key).id, item=DEAL, by="user:ann", reason="client called")


def test_a_person_cancels_what_waits(table: Table) -> None:
    table.take(cancel(table, "nudge"))
    assert table.row("nudge").state == "cancelled"
    assert table.row("nudge").reason == "cancelled by user:ann: client called"


def test_the_rule_after_what_a_person_cancels_is_told_that_it_will_not_run() -> None:
    table = Table()
    table.knowledge = shop(rule("nudge", timing={"after": "2 days"}), rule("then", timing={"after_previous": "1 hour"}))
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    table.take(cancel(table, "nudge"))
    assert table.row("then").state == "blocked"
    assert "nudge, is cancelled (cancelled by user:ann: client called)" in table.row("then").reason


def test_a_person_cancels_what_is_dispatched_and_the_worker_is_told_once(table: Table) -> None:
    order = table.received(cancel(table, "greet"))
    table.take_received([order, order])
    assert table.row("greet").state == "dispatched"
    assert len(table.heard(CancelAction)) == 1


def test_what_has_ended_is_not_cancelled(table: Table) -> None:
    table.take(failed(table), cancel(table, "greet"))
    assert table.row("greet").state == "failed"


def test_a_retry_is_a_new_round_that_releases_what_was_blocked_once_it_succeeds(table: Table) -> None:
    table.take(failed(table))
    assert table.row("thanks").state == "blocked"
    order = table.received(retry(table, "greet"))
    table.take_received([order, order])
    rounds = [(a.rule_key, a.round) for a in table.heard(PerformAction)]
    assert rounds == [("greet", 1), ("greet", 2)]
    assert [effect.state for effect in table.row("greet").effects] == ["planned"]
    table.take(failed(table, 5, state="sent", round=2))
    assert table.row("greet").state == "succeeded"
    assert table.row("thanks").state == "dispatched"


def test_the_same_retry_again_after_the_new_round_has_failed_begins_none(table: Table) -> None:
    table.take(failed(table))
    order = table.received(retry(table, "greet"))
    table.take_received([order])
    table.take(failed(table, 4, round=2))
    table.take_received([order])
    assert table.row("greet").round == 2


def test_what_has_succeeded_or_waits_is_not_retried(table: Table) -> None:
    table.take(failed(table, state="sent"), retry(table, "greet"), retry(table, "nudge"))
    assert (table.row("greet").round, table.row("nudge").round) == (1, 1)


def test_a_retry_after_the_leave_is_refused_in_words(table: Table) -> None:
    table.now = NOW + timedelta(days=5)
    table.fire(table.row("nudge"))
    assert table.row("nudge").state == "missed"
    table.take(entry(deal(stage="documents", activation=2, version=8)), retry(table, "nudge"))
    assert table.row("nudge").state == "missed"
    assert table.row("nudge").notes[-1].cause == "not retried for user:ann: the item has left the stage"


def test_a_retry_at_a_closed_gate_waits_and_a_change_of_the_item_does_not_take_it_back(table: Table) -> None:
    table.take(failed(table))
    table.gate_open = False
    table.now = NOW + timedelta(hours=1)
    table.take(retry(table, "greet"))
    table.take(entry(deal(version=8, to=(CLIENT,))))
    assert table.row("greet").state == "waiting"
    assert table.row("greet").due_at == table.now


def test_orders_about_what_nobody_knows_are_passed_over(table: Table) -> None:
    stray = {"execution": DEAL, "item": DEAL, "by": "user:ann"}
    desk = table.take(CancelExecution(**stray, reason=""), RetryExecution(**stray))
    assert desk.changed == {}
