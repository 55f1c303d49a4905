"""Entries that come after what follows on them, and other announcements of an entry: each is taken for what it says."""

from datetime import timedelta
from uuid import UUID

import pytest
from automation.desk.testing import Table
from automation.desk.timers import to_fire
from automation.testing import DEAL, NOW, REF, at, deal, entry, named, rule, shop
from contracts.items import (
    Item,
    ItemChanged,
    ItemDeleted,
    ItemEvent,
    ItemRulesApplied,
    ItemSignalled,
    ItemSnapshot,
    SignalSeen,
)

HOUR = timedelta(hours=1)
NUDGE = rule("nudge", timing={"after": "2 days"})
KEPT = rule("kept", timing={"after": "2 days"}, keep_on_leave=True)
REMIND = rule("remind", timing={"before": "item.payment_due", "by": "1 day", "at": "10:00"})
CHANGED = rule("changed", timing={"after": "1 hour"}, when={"field": "item.amount", "changed": True})
CHEAP, DEAR = "10.00 EUR", "20.00 EUR"


def applied(item: Item, *rules: UUID) -> ItemRulesApplied:
    return ItemRulesApplied(item=item, config=1, rule_set=REF, job=named("job"), rules=rules)


def test_a_signal_that_came_before_its_entry_is_heard_by_what_the_entry_plans(table: Table) -> None:
    table.knowledge = shop(rule("opened", timing={"wait_for": "document.opened", "at_most": "1 day"}))
    seen = SignalSeen(id=named("seen"), kind="document.opened", happened_at=NOW)
    table.take(ItemSignalled(item=deal(version=8), config=1, signal=seen))
    desk = table.take(entry(deal(version=7)))
    assert (table.row("opened").state, to_fire(desk)) == ("waiting", {table.row("opened").id: NOW})
    table.fire()
    assert table.row("opened").state == "dispatched"


def test_what_a_late_entry_plans_behind_a_rule_that_has_ended_follows_it(table: Table) -> None:
    first = rule("first", {"set-variable": {"name": "n", "value": "1"}})
    table.knowledge = shop(first, rule("then", timing={"after_previous": "1 hour"}))
    table.take(applied(deal(), first.id))
    assert table.states() == {"first": "succeeded"}
    desk = table.take(entry(deal()))
    assert table.states() == {"first": "succeeded", "then": "waiting"}
    assert to_fire(desk) == {table.row("then").id: NOW + HOUR}


def test_a_late_entry_is_planned_by_the_newest_dates(table: Table) -> None:
    table.knowledge = shop(REMIND)
    table.take(ItemChanged(item=deal(version=8, payment_due="2026-03-20"), config=1))
    table.take(entry(deal(version=7, payment_due="2026-03-12")))
    assert table.row("remind").due_at == at("2026-03-19T10:00")


def test_a_late_entry_still_tells_what_the_item_was_when_it_entered(table: Table) -> None:
    table.knowledge = shop(CHANGED)
    table.take(ItemChanged(item=deal(version=8, amount=DEAR), config=1))
    table.take(entry(deal(version=7, amount=CHEAP)))
    table.now = NOW + HOUR
    table.fire()
    assert table.row("changed").state == "dispatched"


def test_a_snapshot_does_not_tell_what_the_item_was_when_it_entered(table: Table) -> None:
    table.knowledge = shop(CHANGED)
    table.take(ItemSnapshot(item=deal(amount=DEAR), config=1, rule_set=REF, since=NOW))
    table.now = NOW + HOUR
    table.fire()
    assert table.row("changed").state == "skipped"
    assert table.row("changed").reason.startswith("unknown")


def test_what_stays_is_not_compared_with_the_item_as_it_entered_a_later_stage(table: Table) -> None:
    table.knowledge = shop(CHANGED.model_copy(update={"keep_on_leave": True}))
    table.take(entry(deal(amount=CHEAP)))
    table.take(entry(deal(stage="documents", activation=2, version=8, amount=DEAR)))
    table.take(ItemChanged(item=deal(stage="documents", activation=2, version=9, amount=CHEAP), config=1))
    table.now = NOW + HOUR
    table.fire()
    assert table.row("changed").state == "skipped"
    assert table.row("changed").reason.startswith("unknown")


@pytest.mark.parametrize("kind", [ItemChanged, ItemSnapshot, ItemDeleted])
def test_whatever_tells_that_the_item_is_deleted_cancels_even_what_stays(table: Table, kind: type[ItemEvent]) -> None:
    table.knowledge = shop(NUDGE, KEPT)
    table.take(entry(deal()))
    table.take(kind(item=deal(version=8, deleted=True), config=1))
    assert {(row.state, row.reason) for row in table.rows()} == {("cancelled", "item_deleted")}
    table.take(entry(deal(version=7)))
    assert len(table.rows()) == 2


@pytest.mark.parametrize(("late", "planned"), [(timedelta(0), {"nudge"}), (timedelta(seconds=1), set())])
def test_a_snapshot_is_planned_from_the_named_moment_on(table: Table, late: timedelta, planned: set[str]) -> None:
    table.knowledge = shop(NUDGE)
    table.take(ItemSnapshot(item=deal(entered_at=NOW), config=1, rule_set=REF, since=NOW + late))
    assert set(table.states()) == planned


def test_an_entry_says_from_which_activation_on_signals_are_kept_and_nothing_else_does(table: Table) -> None:
    table.knowledge = shop(NUDGE)
    assert table.take(entry(deal(activation=2))).entered == {DEAL: 2}
    assert table.take(ItemChanged(item=deal(activation=2, version=8), config=1)).entered == {}
    assert table.take(entry(deal(activation=1, version=6))).entered == {}


def test_what_is_applied_and_waits_for_no_moment_says_so_too_by_whom(table: Table) -> None:
    table.knowledge = shop(REMIND)
    table.take(entry(deal(), job="import"), applied(deal()))
    [note] = table.row("remind").notes
    assert (table.row("remind").state, note.cause, note.new) == ("waiting_for_date", "applied by user:ann", None)


def test_what_is_applied_to_an_older_version_is_planned_by_the_newest(table: Table) -> None:
    table.knowledge = shop(REMIND)
    table.take(entry(deal(), job="import"))
    table.take(ItemChanged(item=deal(version=8, payment_due="2026-03-20"), config=1))
    table.take(applied(deal(version=7, payment_due="2026-03-12")))
    assert table.row("remind").due_at == at("2026-03-19T10:00")
