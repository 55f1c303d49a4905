"""Dates that change and timers that fall due: the plan follows, and what fires is decided on what is known now."""

from datetime import timedelta

import pytest
from automation.desk.replanning import replan_item
from automation.desk.testing import Table
from automation.desk.timers import over_timers, to_fire
from automation.testing import NOW, at, contact, deal, entry, record, rule, shop
from contracts.config import ConfigChanged
from contracts.executions import ExecutionRow
from contracts.items import ItemChanged, ItemSignalled, SignalSeen

DUE = rule("remind", timing={"before": "item.payment_due", "by": "1 day", "at": "10:00"})
BIRTHDAY = rule("gift", timing={"after_date": "contact.birthday"})


def test_a_changed_date_moves_the_plan_and_the_row_says_from_when_to_when_and_why(table: Table) -> None:
    table.knowledge = shop(DUE)
    table.take(entry(deal(payment_due="2026-03-20")))
    changed = ItemChanged(item=deal(version=8, payment_due="2026-03-25"), config=1, changed={"payment_due": {}})
    desk = table.take(changed, actor="user:rui")
    note = table.row("remind").notes[-1]
    assert (note.old, note.new) == (at("2026-03-19T10:00"), at("2026-03-24T10:00"))
    assert note.cause.startswith("deal: payment_due changed by user:rui")
    assert [*to_fire(desk).values()] == [at("2026-03-24T10:00")]


def test_a_date_taken_away_waits_for_the_next_and_its_timer_goes(table: Table) -> None:
    table.knowledge = shop(DUE)
    table.take(entry(deal(payment_due="2026-03-20")))
    desk = table.take(ItemChanged(item=deal(version=8), config=1))
    assert table.row("remind").state == "waiting_for_date"
    assert over_timers(desk) == {table.row("remind").id}
    table.take(ItemChanged(item=deal(version=9, payment_due="2026-03-25"), config=1))
    assert table.row("remind").due_at == at("2026-03-24T10:00")


def test_an_edit_that_changes_no_date_writes_no_row(table: Table) -> None:
    table.knowledge = shop(DUE)
    table.take(entry(deal(payment_due="2026-03-20")))
    assert table.take(ItemChanged(item=deal(version=8, payment_due="2026-03-20", pieces=3), config=1)).changed == {}


def test_a_rule_that_has_fired_stays_fired(table: Table) -> None:
    table.knowledge = shop(DUE)
    table.take(entry(deal(payment_due="2026-03-20")))
    table.now = at("2026-03-19T10:00")
    table.fire()
    fired = table.row("remind")
    table.take(ItemChanged(item=deal(version=8, payment_due="2026-03-25"), config=1))
    assert table.row("remind") == fired


def test_a_date_of_the_contact_moves_what_its_deals_wait_for(table: Table) -> None:
    table.knowledge = shop(BIRTHDAY)
    client = contact(birthday="2026-04-01")
    table.take(entry(deal(to=(client,)), client))
    desk = table.take(
        ItemChanged(item=contact(birthday="2026-05-01").model_copy(update={"version": 9, "title": "Maria"}), config=1)
    )
    [words] = desk.touched.values()
    desk = table.desk()
    replan_item(desk, deal().id, words)
    table.keep(desk)
    assert table.row("gift").due_at == at("2026-04-30T23:00")
    assert "contact: it changed by user:ann" in table.row("gift").notes[-1].cause


def waits(table: Table) -> ExecutionRow:
    table.knowledge = shop(BIRTHDAY)
    client = contact(birthday="2026-04-01")
    table.take(entry(deal(to=(client,)), client))
    return table.row("gift")


def test_a_timer_whose_date_moved_a_moment_ago_moves_instead_of_firing(table: Table) -> None:
    row = waits(table)
    table.take(ItemChanged(item=contact(birthday="2026-05-01").model_copy(update={"version": 9}), config=1))
    table.now = at("2026-04-02T00:00")
    desk = table.fire()
    assert table.row("gift").state == "waiting"
    assert to_fire(desk) == {row.id: at("2026-04-30T23:00")}


def test_a_timer_that_comes_before_its_moment_is_set_again_and_nothing_fires(table: Table) -> None:
    row = waits(table)
    desk = table.fire()
    assert desk.changed == {}
    assert to_fire(desk) == {row.id: row.due_at}


def test_a_paused_rule_is_held_and_says_nothing(table: Table) -> None:
    nudge = rule("nudge", timing={"after": "2 days"})
    table.knowledge = shop(nudge)
    table.take(entry(deal()))
    table.knowledge = shop(nudge, extra=(record("pause", "p", {"scope": "rule", "of": str(nudge.id)}, revision=2),))
    table.now = NOW + timedelta(days=2)
    desk = table.fire()
    assert desk.held == {table.row("nudge").id}
    assert desk.changed == {}
    assert to_fire(desk) == {}


def test_a_condition_sees_what_changed_since_the_entry(table: Table) -> None:
    changed = rule("changed", timing={"after": "1 hour"}, when={"field": "item.amount", "changed": True})
    table.knowledge = shop(changed)
    table.take(entry(deal(amount="10.00 EUR")), ItemChanged(item=deal(version=8, amount="20.00 EUR"), config=1))
    table.now = NOW + timedelta(hours=1)
    table.fire()
    assert table.row("changed").state == "dispatched"


def test_a_false_condition_is_skipped_with_what_it_saw_and_the_rule_after_is_told(table: Table) -> None:
    big = rule("big", timing={"after": "1 hour"}, when={"field": "item.amount", "greater": "1000 EUR"})
    then = rule("then", timing={"after_previous": "0 minutes", "on_previous": "finished"})
    table.knowledge = shop(big, then)
    table.take(entry(deal(amount="10.00 EUR")))
    table.now = NOW + timedelta(hours=1)
    table.fire(table.row("big"))
    assert table.states() == {"big": "skipped", "then": "dispatched"}
    assert table.row("big").seen["item.amount"] == "10.00 EUR"


def test_a_fault_in_one_execution_ends_that_one_and_no_other(table: Table) -> None:
    table.knowledge = shop(rule("nudge", timing={"after": "1 hour"}))
    table.take(entry(deal()))
    table.knowledge = shop()
    table.now = NOW + timedelta(hours=1)
    table.fire()
    assert table.row("nudge").state == "failed"
    assert "has no rule" in table.row("nudge").reason


STAY = {"after": "3 days", "zone": "UTC"}


@pytest.mark.req("B15")
def test_a_maximum_stay_counts_from_the_entry_or_where_the_rule_says_so_from_the_last_change(table: Table) -> None:
    table.knowledge = shop(rule("stay", timing=STAY), rule("idle", timing={**STAY, "since": "last_change"}))
    table.take(entry(deal()))
    assert {row.due_at for row in table.rows()} == {NOW + timedelta(days=3)}
    table.now = NOW + timedelta(days=2)
    table.take(ItemChanged(item=deal(version=8, pieces=3), config=1, changed={"pieces": {}}))
    assert table.row("stay").due_at == NOW + timedelta(days=3)
    assert table.row("idle").due_at == NOW + timedelta(days=5)
    assert table.row("idle").notes[-1].cause == "deal: pieces changed by user:ann: 3 days after the last change"
    table.now = NOW + timedelta(days=3)
    table.fire()
    assert table.states() == {"stay": "dispatched", "idle": "waiting"}


def test_what_is_no_change_does_not_begin_the_stay_anew(table: Table) -> None:
    table.knowledge = shop(rule("idle", timing={**STAY, "since": "last_change"}))
    table.take(entry(deal()))
    table.now = NOW + timedelta(days=2)
    seen = SignalSeen(id=deal().id, kind="email.received", happened_at=table.now)
    table.take(ItemSignalled(item=deal(version=8), config=1, signal=seen))
    assert table.row("idle").due_at == NOW + timedelta(days=3)


def test_what_is_late_and_waits_for_working_time_comes_sooner_when_that_begins_sooner(table: Table) -> None:
    def calendar(opens: str) -> ConfigChanged:
        return record("calendar", "portal", {"id": "portal", "zone": "UTC", "weekly": {0: [[opens, "18:00"]]}})

    nudge = rule("nudge", timing={"after": "1 hour", "working_time": "portal"}, catch_up="run")
    table.knowledge = shop(nudge, extra=(calendar("09:00"),))
    table.take(entry(deal()))
    planned, monday = NOW + timedelta(hours=1), at("2026-03-09T09:00")
    table.now = NOW + timedelta(days=1)
    table.fire()
    assert table.row("nudge").due_at == monday
    desk = table.desk()
    replan_item(desk, deal().id, "calendar portal changed")
    assert desk.changed == {}
    table.knowledge = shop(nudge, extra=(calendar("07:00"),))
    desk = table.desk()
    replan_item(desk, deal().id, "calendar portal changed")
    table.keep(desk)
    row = table.row("nudge")
    sooner = at("2026-03-09T07:00")
    assert [(note.old, note.new) for note in row.notes[-2:]] == [(monday, planned), (planned, sooner)]
    assert (row.due_at, row.notes[-2].cause) == (sooner, "calendar portal changed")
    assert [*to_fire(desk).values()] == [sooner]
    table.now = sooner
    table.fire()
    assert table.row("nudge").state == "dispatched"
