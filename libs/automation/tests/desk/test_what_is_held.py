"""What is due and may not run now: it is held, has no timer of its own, and says nothing until it may."""

from datetime import timedelta

import pytest
from automation.desk.copies import Copy
from automation.desk.testing import Table
from automation.desk.timers import over_timers, to_fire
from automation.testing import DEAL, NOW, at, contact, deal, entry, named, record, rule, shop
from contracts.items import ItemChanged, ItemSignalled, SignalSeen

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GREET = rule("greet")
NUDGE = rule("nudge", timing={"after": "1 day"})
OPENED = rule("opened", timing={"wait_for": "document.opened", "at_most": "1 day"})
PAUSED = record("pause", "all", {"scope": "all"}, revision=2)
LEFT = deal(stage="documents", activation=2, version=8)


def test_a_rule_of_an_entry_that_is_paused_is_written_and_held_and_gets_no_other_timer(table: Table) -> None:
    table.knowledge = shop(GREET, NUDGE, extra=(PAUSED,))
    desk = table.take(entry(deal()))
    greet, nudge = table.row("greet"), table.row("nudge")
    assert list(desk.changed) == [greet.id, nudge.id]
    assert (desk.held, to_fire(desk)) == ({greet.id}, {nudge.id: NOW + DAY})


def test_a_rule_of_an_entry_is_held_where_a_later_record_of_the_item_could_not_be_read(table: Table) -> None:
    table.knowledge = shop(GREET)
    table.copies[DEAL] = Copy(DEAL, unread=50)
    desk = table.take(entry(deal()))
    assert (table.row("greet").state, desk.held, to_fire(desk)) == ("waiting", {table.row("greet").id}, {})
    desk = table.take_received([table.received(ItemChanged(item=deal(version=8), config=1), offset=51)])
    assert to_fire(desk) == {table.row("greet").id: NOW}
    table.fire()
    assert table.row("greet").state == "dispatched"


@pytest.mark.parametrize("unread", [0, 5])
def test_nothing_of_an_item_fires_or_times_out_while_a_record_of_it_is_unread(table: Table, unread: int) -> None:
    table.knowledge = shop(OPENED, NUDGE)
    table.take(entry(deal()))
    table.copies[DEAL].unread = unread
    table.now = NOW + DAY
    desk = table.fire()
    assert table.states() == {"opened": "waiting_for_signal", "nudge": "waiting"}
    assert desk.held == {row.id for row in table.rows()}
    assert (list(desk.changed), over_timers(desk), table.said) == ([], set(), [])


def test_a_wait_does_not_time_out_while_a_leave_is_on_its_way_here(table: Table) -> None:
    table.knowledge = shop(OPENED)
    table.take(entry(deal()))
    table.take(ItemChanged(item=contact(), linked=(LEFT,), config=1))
    table.now = NOW + DAY
    assert table.fire().held == {table.row("opened").id}
    assert table.row("opened").state == "waiting_for_signal"
    table.take(entry(LEFT))
    assert table.row("opened").state == "cancelled"


def test_what_was_waited_for_and_came_at_a_closed_gate_stays_so_whatever_changes(table: Table) -> None:
    table.knowledge = shop(OPENED)
    table.take(entry(deal()))
    table.gate_open, table.now = False, NOW + HOUR
    seen = SignalSeen(id=named("seen"), kind="document.opened", happened_at=table.now)
    table.take(ItemSignalled(item=deal(version=8), config=1, signal=seen))
    arrived = table.row("opened")
    assert (arrived.state, arrived.due_at) == ("waiting", table.now)
    table.take(ItemChanged(item=deal(version=9, pieces=3), config=1))
    assert table.row("opened") == arrived
    table.gate_open, table.now = True, NOW + 3 * HOUR
    table.fire()
    assert table.row("opened").state == "dispatched"


def test_what_moved_to_another_moment_that_has_come_as_well_runs_at_once(table: Table) -> None:
    table.knowledge = shop(rule("gift", timing={"after_date": "contact.birthday"}, catch_up="run"))
    client = contact(birthday="2026-04-01")
    table.take(entry(deal(to=(client,)), client))
    later = contact(birthday="2026-04-02").model_copy(update={"version": 9})
    table.take(ItemChanged(item=later, config=1))
    table.now = at("2026-04-03T00:00")
    table.fire()
    assert table.row("gift").state == "dispatched"


def test_a_moment_that_came_while_its_rule_waited_is_not_past(table: Table) -> None:
    table.knowledge = shop(rule("remind", timing={"before": "item.payment_due", "by": "1 day", "at": "10:00"}))
    table.take(entry(deal(payment_due="2026-03-20")))
    table.now = at("2026-03-19T10:00") + timedelta(seconds=5)
    table.fire()
    assert table.row("remind").state == "dispatched"


def test_a_fault_ends_its_execution_one_version_on_and_is_told_to_the_operator(table: Table) -> None:
    table.knowledge = shop(NUDGE)
    table.take(entry(deal()))
    table.knowledge = shop()
    table.now = NOW + DAY
    desk = table.fire()
    row = table.row("nudge")
    assert (row.state, row.version, row.finished_at) == ("failed", 2, table.now)
    assert [(remark.execution, remark.error is not None) for remark in desk.remarks] == [(row.id, True)]
