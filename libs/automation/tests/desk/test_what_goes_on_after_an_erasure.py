"""A person of whom executions told is erased: what waits of their deals still waits for the same, and goes on."""

from datetime import timedelta

import pytest
from automation.desk.executions import Execution
from automation.desk.replanning import replan_item
from automation.desk.testing import Table
from automation.settling import COUNTS_FROM, DECIDED_ON, OUTCOME, PREVIOUS_END
from automation.testing import DEAL, NOW, contact, deal, entry, named, rule, shop
from contracts.items import ItemChanged, ItemSignalled, SignalSeen
from contracts.redacting import MARKS, bare_row

CLIENT = contact()
HOUR = timedelta(hours=1)


@pytest.fixture
def table() -> Table:
    return Table()


def erased(table: Table) -> None:
    """Leave of all executions what an erasure leaves of them."""
    for execution in tuple(table.executions.values()):
        table.executions[execution.row.id] = Execution(bare_row(execution.row), execution.cause)


def test_what_an_execution_goes_on_by_is_what_an_erasure_leaves() -> None:
    assert {COUNTS_FROM, DECIDED_ON, OUTCOME, PREVIOUS_END} == MARKS


def test_a_wait_still_hears_its_signal(table: Table) -> None:
    table.knowledge = shop(rule("paid", timing={"wait_for": "invoice.paid", "at_most": "2 days"}))
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    erased(table)
    table.now = NOW + HOUR
    signal = SignalSeen(id=named("paid"), kind="invoice.paid", happened_at=table.now)
    table.take(ItemSignalled(item=deal(version=8, to=(CLIENT,)), linked=(CLIENT,), config=1, signal=signal))
    assert table.states() == {"paid": "dispatched"}


def test_what_was_decided_is_not_decided_again(table: Table) -> None:
    timing = {"after_date": "item.payment_due"}
    table.knowledge = shop(rule("thanks", timing=timing, when={"field": "item.pieces", "greater": 1}))
    table.take(entry(deal(payment_due="2026-03-02")))
    table.fire()
    erased(table)
    changed = deal(version=8, payment_due="2026-04-01", pieces=3)
    table.take(ItemChanged(item=changed, config=1, changed={"payment_due": {}}))
    assert table.states() == {"thanks": "skipped"}


def test_what_was_applied_from_now_counts_from_then_on(table: Table) -> None:
    table.knowledge = shop(rule("later", timing={"after": "1 hour"}))
    table.take(entry(deal()))
    row = table.row("later")
    applied = row.model_copy(update={"seen": {COUNTS_FROM: (NOW + HOUR).isoformat()}, "due_at": NOW + 2 * HOUR})
    table.executions[row.id] = Execution(applied, table.executions[row.id].cause)
    erased(table)
    desk = table.desk()
    replan_item(desk, DEAL, "it changed")
    table.keep(desk)
    assert table.row("later").due_at == NOW + 2 * HOUR
