"""Snapshots refresh copies; they plan only activations that the operator wants planned, and each rule once."""

from datetime import timedelta

import pytest
from automation.desk.testing import Table
from automation.testing import NOW, deal, entry, moved, rule, shop
from contracts.actions import PerformAction
from contracts.items import Item, ItemSnapshot, Suppression
from contracts.rules import RuleSetRef

HOUR = timedelta(hours=1)
GREET = rule("greet")
NUDGE = rule("nudge", timing={"after": "2 days"})


def snapshot(table: Table, item: Item, **more: object) -> ItemSnapshot:
    return ItemSnapshot(
        item=item, config=table.knowledge.revision, rule_set=RuleSetRef(pipeline=item.pipeline, number=1), **more
    )


@pytest.fixture
def table() -> Table:
    table = Table()
    table.knowledge = shop(GREET, NUDGE)
    return table


def test_a_snapshot_makes_a_copy_and_plans_nothing(table: Table) -> None:
    item = deal()
    table.take(snapshot(table, item))
    assert table.copies[item.id].item == item
    assert table.rows() == []


def test_a_snapshot_plans_what_was_entered_since_the_moment_that_the_operator_names(table: Table) -> None:
    table.take(snapshot(table, deal(entered_at=NOW - HOUR), since=NOW - 2 * HOUR))
    planned = table.rows()
    assert [row.rule_key for row in planned] == ["greet", "nudge"]
    table.take(snapshot(table, deal(entered_at=NOW - HOUR), since=NOW - 2 * HOUR))
    assert table.rows() == planned


def test_an_entry_of_before_that_moment_and_a_suppressed_one_are_not_planned(table: Table) -> None:
    table.take(snapshot(table, deal(entered_at=NOW - 3 * HOUR), since=NOW - HOUR))
    table.take(snapshot(table, deal(entered_at=NOW), since=NOW - HOUR, suppressed=Suppression(job="import-7")))
    assert table.rows() == []


def test_a_snapshot_after_the_entry_begins_nothing_again(table: Table) -> None:
    item = deal(entered_at=NOW)
    table.take(entry(item))
    before, asked = table.rows(), table.heard(PerformAction)
    table.take(snapshot(table, item, since=NOW - HOUR))
    assert table.rows() == before
    assert table.heard(PerformAction) == asked


def test_a_snapshot_of_an_item_that_has_moved_on_cancels_what_belonged_to_the_stage_before(table: Table) -> None:
    item = deal(entered_at=NOW)
    table.take(entry(item))
    table.take(snapshot(table, moved(item)))
    assert {row.state for row in table.rows() if row.activation == item.activation} <= {"cancelled", "dispatched"}


def test_a_late_snapshot_does_not_bring_an_older_version_back(table: Table) -> None:
    item = deal(entered_at=NOW)
    newer = moved(item)
    table.take(entry(item), entry(newer))
    table.take(snapshot(table, item, since=NOW - HOUR))
    assert table.copies[item.id].item == newer
