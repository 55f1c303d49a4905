"""What is settled by a retry: whom it reaches now counts, and what nobody could decide holds the rule behind it."""

import pytest
from automation.desk.testing import Table
from automation.testing import DEAL, contact, deal, entry, record, rule, shop
from contracts.orders import RetryExecution

CLIENT = contact()
GREET = rule("greet")
THEN = rule("then", timing={"after_previous": "0 minutes"})
DEAR = rule("dear", when={"field": "item.amount", "greater": "1000 USD"})
RATE = record("rate", "USD/2026-01-01", {"currency": "USD", "to": "EUR", "on": "2026-01-01", "rate": "0.90"})


def retry(table: Table, key: str) -> RetryExecution:
    return RetryExecution(execution=table.row(key).id, item=DEAL, by="user:ann")


@pytest.mark.parametrize("first", ["left out", "meant now"])
def test_a_retry_that_reaches_somebody_else_ends_as_that_effect_does(table: Table, first: str) -> None:
    table.knowledge = shop(GREET, THEN)
    table.take(entry(deal()))
    table.take(table.outcome("greet", "skipped", whom="contact", reason="the item has no contact"))
    assert table.states() == {"greet": "skipped", "then": "blocked"}
    table.take(retry(table, "greet"))
    left_out = table.outcome("greet", "skipped", 3, whom="contact", effects=2, reason="no longer meant")
    now = table.outcome("greet", "sent", whom="contact:4")
    one, other = (left_out, now) if first == "left out" else (now, left_out)
    table.take(one)
    assert table.states() == {"greet": "dispatched", "then": "blocked"}
    table.take(other)
    assert table.states() == {"greet": "succeeded", "then": "dispatched"}


@pytest.mark.parametrize(("amount", "runs"), [("2000 EUR", False), ("10 EUR", True)])
def test_what_waits_behind_what_could_not_be_decided_runs_when_a_retry_decides_it(
    table: Table, amount: str, *, runs: bool
) -> None:
    then = rule("then", timing={"after_previous": "0 minutes", "on_previous": "finished"})
    table.knowledge = shop(DEAR, then)
    table.take(entry(deal(amount=amount, to=(CLIENT,)), CLIENT))
    assert table.row("dear").reason.startswith("unknown: ")
    assert table.states() == {"dear": "skipped", "then": "waiting_for_previous"}
    table.knowledge = shop(DEAR, then, extra=(RATE,))
    table.take(retry(table, "dear"))
    # The dear one is sent now, and ends later; the other was skipped, and so has finished.
    assert (table.states()["dear"], table.states()["then"]) == (
        ("skipped", "dispatched") if runs else ("dispatched", "waiting_for_previous")
    )


def test_what_waits_behind_what_could_not_be_decided_goes_with_the_stage(table: Table) -> None:
    table.knowledge = shop(DEAR, THEN)
    table.take(entry(deal(amount="2000 EUR", to=(CLIENT,)), CLIENT))
    table.take(entry(deal(amount="2000 EUR", to=(CLIENT,), stage="documents", activation=2, version=8), CLIENT))
    assert table.states() == {"dear": "skipped", "then": "cancelled"}
