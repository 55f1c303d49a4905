"""Leaves: what has not reached the outside world is cancelled, with the reason, and nothing else."""

from datetime import timedelta

from automation.desk.testing import Table
from automation.desk.timers import over_timers
from automation.testing import NOW, contact, deal, entry, rule, shop
from contracts.actions import CancelAction
from contracts.commands import MoveItem, WithdrawCommand
from contracts.items import ItemChanged, ItemDeleted

NUDGE = rule("nudge", timing={"after": "2 days"})
DATED = rule("dated", timing={"before": "item.payment_due", "by": "1 day"})
LEFT = deal(stage="documents", activation=2, version=8)
TWO_DAYS = timedelta(days=2)


def test_a_leave_cancels_what_waits_and_says_where_to_and_by_whom(table: Table) -> None:
    table.knowledge = shop(NUDGE, DATED)
    table.take(entry(deal()))
    desk = table.take(entry(LEFT), actor="user:rui")
    assert table.states() == {"nudge": "cancelled", "dated": "cancelled"}
    assert table.row("nudge").reason == "left the stage: moved to documents by user:rui"
    assert table.row("nudge").cause is not None
    assert over_timers(desk) == {table.row("nudge").id}


def test_what_belongs_to_the_entry_is_not_called_back(table: Table) -> None:
    table.knowledge = shop(rule("greet"))
    table.take(entry(deal(to=(contact(),)), contact()), entry(LEFT))
    assert table.states() == {"greet": "dispatched"}
    assert table.heard(CancelAction) == []


def test_a_question_that_began_with_the_entry_is_withdrawn_once_though_nothing_else_of_the_entry_is(
    table: Table,
) -> None:
    question = {"text": "What is it?", "ask": [{"key": "oven", "kind": "choice", "options": ["gas"]}]}
    table.knowledge = shop(rule("ask", do={"ask-employee": question}), rule("greet"))
    table.take(entry(deal(to=(contact(),)), contact()))
    assert table.states() == {"ask": "dispatched", "greet": "dispatched"}
    table.take(entry(LEFT), actor="user:rui")
    table.take(entry(deal(stage="paid", activation=3, version=9)))
    assert [w.execution for w in table.heard(WithdrawCommand)] == [table.row("ask").id]
    assert table.row("ask").reason == "left the stage: moved to documents by user:rui"
    assert (table.row("greet").reason, table.heard(CancelAction)) == ("", [])


def test_what_was_dispatched_later_is_called_back_once_and_stays_until_the_worker_answers(table: Table) -> None:
    table.knowledge = shop(NUDGE)
    table.take(entry(deal(to=(contact(),)), contact()))
    table.now = NOW + TWO_DAYS
    table.fire()
    table.take(entry(LEFT))
    table.take(entry(deal(stage="paid", activation=3, version=9)))
    assert table.states() == {"nudge": "dispatched"}
    assert [c.execution for c in table.heard(CancelAction)] == [table.row("nudge").id]


def test_a_rule_that_stays_on_leave_stays(table: Table) -> None:
    table.knowledge = shop(rule("later", timing={"after": "2 days"}, keep_on_leave=True))
    table.take(entry(deal()), entry(LEFT))
    assert table.states() == {"later": "waiting"}
    table.now = NOW + TWO_DAYS
    table.fire()
    assert table.states() == {"later": "dispatched"}


def test_a_rule_that_stays_behind_one_that_does_not_says_that_it_never_runs(table: Table) -> None:
    table.knowledge = shop(NUDGE, rule("then", timing={"after_previous": "1 hour"}, keep_on_leave=True))
    table.take(entry(deal()), entry(LEFT))
    assert table.states() == {"nudge": "cancelled", "then": "blocked"}
    assert "nudge, is cancelled (left the stage" in table.row("then").reason


def test_an_edit_of_a_later_stage_does_not_move_what_stays_from_an_earlier_one(table: Table) -> None:
    table.knowledge = shop(rule("later", timing={"after": "2 days"}, keep_on_leave=True))
    later = NOW + timedelta(hours=5)
    table.take(entry(deal()), entry(LEFT.model_copy(update={"entered_at": later})))
    table.take(ItemChanged(item=LEFT.model_copy(update={"entered_at": later, "version": 9}), config=1))
    assert table.row("later").due_at == NOW + TWO_DAYS


def test_a_leave_that_was_not_read_is_made_up_for_by_the_next_event_of_the_item(table: Table) -> None:
    table.knowledge = shop(NUDGE)
    table.take(entry(deal()))
    table.take(ItemChanged(item=deal(stage="documents", activation=2, version=9), config=1))
    assert table.states() == {"nudge": "cancelled"}


def test_a_deletion_cancels_even_what_would_stay(table: Table) -> None:
    table.knowledge = shop(NUDGE, rule("later", timing={"after": "2 days"}, keep_on_leave=True), rule("now"))
    table.take(entry(deal(to=(contact(),)), contact()))
    table.take(ItemDeleted(item=deal(version=8), config=1))
    assert table.states() == {"nudge": "cancelled", "later": "cancelled", "now": "dispatched"}
    assert {row.reason for row in table.rows()} == {"item_deleted"}
    assert [c.reason for c in table.heard(CancelAction)] == ["item_deleted"]


def test_entering_again_plans_afresh_and_what_was_cancelled_stays_so(table: Table) -> None:
    table.knowledge = shop(NUDGE)
    table.take(entry(deal()), entry(LEFT), entry(deal(activation=3, version=9)))
    assert table.row("nudge", 1).state == "cancelled"
    assert table.row("nudge", 3).state == "waiting"


def test_a_timer_that_falls_due_while_a_leave_is_on_its_way_here_is_held(table: Table) -> None:
    table.knowledge = shop(NUDGE)
    table.take(entry(deal()))
    table.take(ItemChanged(item=contact(), linked=(LEFT,), config=1))
    table.now = NOW + TWO_DAYS
    assert table.fire().held == {table.row("nudge").id}
    table.take(entry(LEFT))
    assert table.states() == {"nudge": "cancelled"}


def test_a_move_made_by_a_rule_expects_the_activation_that_it_was_decided_in(table: Table) -> None:
    table.knowledge = shop(rule("advance", {"move-item": {"stage": "documents"}}))
    table.take(entry(deal()))
    [command] = table.heard(MoveItem)
    assert command.stage == "documents"
    assert command.expects is not None
    assert command.expects.activation == 1
    assert table.said[0].cause.hops == 0
