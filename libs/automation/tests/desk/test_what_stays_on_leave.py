"""Rules that stay when their item leaves: they go on hearing, and follow what they rest on."""

from datetime import timedelta
from typing import Any

import pytest
from automation.desk.executions import Execution
from automation.desk.replanning import replan_item
from automation.desk.testing import Table
from automation.testing import DEAL, NOW, at, contact, deal, entry, named, record, rule, shop
from contracts.items import ItemChanged, ItemSignalled, ItemStageChanged, SignalSeen

CLIENT = contact()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEFT = deal(stage="documents", activation=2, version=8, entered_at=NOW + HOUR, to=(CLIENT,))


def stays(key: str, **parts: Any) -> Any:
    return rule(key, keep_on_leave=True, **parts)


def paid(happened_at: Any) -> SignalSeen:
    return SignalSeen(id=named("paid"), kind="invoice.paid", happened_at=happened_at)


WAIT = {"wait_for": "invoice.paid", "at_most": "2 days"}


def test_a_wait_that_stays_hears_what_arrives_after_the_leave(table: Table) -> None:
    table.knowledge = shop(stays("thanks", timing=WAIT), rule("leaves", timing=WAIT))
    table.take(entry(deal(to=(CLIENT,)), CLIENT), entry(LEFT, CLIENT))
    assert table.states() == {"thanks": "waiting_for_signal", "leaves": "cancelled"}
    table.now = NOW + 2 * HOUR
    told = ItemSignalled(item=LEFT, linked=(CLIENT,), config=1, signal=paid(table.now))
    table.take(told)
    assert table.states() == {"thanks": "dispatched", "leaves": "cancelled"}


def test_a_wait_that_stays_hears_the_signal_that_moves_its_item(table: Table) -> None:
    table.knowledge = shop(stays("thanks", timing=WAIT))
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    table.now = NOW + HOUR
    moves: dict[str, Any] = {"config": 1, "rule_set": entry(LEFT).rule_set, "signal": paid(NOW + HOUR)}
    table.take(ItemStageChanged(item=LEFT, linked=(CLIENT,), **moves))
    assert table.states() == {"thanks": "dispatched"}


def test_what_reached_the_item_before_this_entry_is_not_heard(table: Table) -> None:
    table.knowledge = shop(stays("thanks", timing=WAIT))
    early = ItemSignalled(item=deal(to=(CLIENT,)), linked=(CLIENT,), config=1, signal=paid(NOW + HOUR))
    table.take(entry(deal(stage="lost", activation=1)), early)
    table.take(entry(deal(activation=2, version=8)))
    assert table.row("thanks", 2).state == "waiting_for_signal"


def test_a_wait_that_stays_hears_what_happened_before_the_leave_though_the_rule_before_it_answers_later(
    table: Table,
) -> None:
    table.knowledge = shop(
        stays("offer", do={"create-document": {"template": "contract"}}), stays("thanks", timing=WAIT)
    )
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    made = table.outcome("offer", "sent", whom="item")
    heard = paid(NOW + HOUR)
    table.now = NOW + HOUR
    table.take(ItemSignalled(item=deal(to=(CLIENT,)), linked=(CLIENT,), config=1, signal=heard))
    table.take(entry(LEFT, CLIENT))
    table.now = NOW + 2 * HOUR
    table.take(made)
    assert table.states() == {"offer": "succeeded", "thanks": "dispatched"}
    # What nobody waits for any more is forgotten with the next leave.
    table.take(entry(LEFT.model_copy(update={"activation": 3, "version": 9}), CLIENT))
    assert table.signals == []


CLOSED = {"id": "portal", "zone": "UTC", "weekly": {day: [["09:00", "18:00"]] for day in (0, 2, 3, 4)}}
SERIES = {"every": "11:00", "zone": "UTC", "working_time": "portal"}


@pytest.mark.parametrize(
    ("timing", "before", "after"),
    [
        ({"at": "2026-03-03T10:00", "working_time": "portal"}, "2026-03-03T10:00", "2026-03-04T09:00"),
        ({"before": "item.payment_due", "working_time": "portal"}, "2026-03-03T09:00", "2026-03-02T09:00"),
        ({"after_previous": "1 day", "working_time": "portal"}, "2026-03-03T10:00", "2026-03-04T10:00"),
        ({"after": "1 day", "working_time": "portal"}, "2026-03-03T10:00", "2026-03-04T10:00"),
        ({"after": "9 hours", "working_time": "portal"}, "2026-03-03T10:00", "2026-03-04T10:00"),
    ],
)
def test_what_stays_is_computed_afresh_from_where_it_began(
    table: Table, timing: dict[str, Any], before: str, after: str
) -> None:
    first = rule("first", {"set-variable": {"name": "n", "value": "1"}})
    table.knowledge = shop(first, stays("later", timing={**timing, "if_past": "run"}))
    table.take(entry(deal(to=(CLIENT,), payment_due="2026-03-03"), CLIENT))
    table.take(entry(LEFT.model_copy(update={"fields": {"payment_due": "2026-03-03"}}), CLIENT))
    assert table.row("later").due_at == at(before)
    replanned(table)
    assert table.row("later").due_at == at(after)


def test_what_left_before_its_entry_was_kept_stays_as_it_was_planned(table: Table) -> None:
    table.knowledge = shop(stays("later", timing={"after": "1 day", "working_time": "portal"}))
    table.take(entry(deal(to=(CLIENT,)), CLIENT), entry(LEFT, CLIENT))
    kept = table.executions[table.row("later").id]
    assert kept.row.seen == {"counts_from": NOW.isoformat()}
    table.executions[kept.row.id] = Execution(kept.row.model_copy(update={"seen": {}}), kept.cause)
    replanned(table)
    assert table.row("later").due_at == at("2026-03-03T10:00")


def test_a_delay_since_the_last_change_that_stays_begins_anew_with_each_change(table: Table) -> None:
    table.knowledge = shop(stays("idle", timing={"after": "3 days", "since": "last_change", "zone": "UTC"}))
    table.take(entry(deal(to=(CLIENT,)), CLIENT), entry(LEFT, CLIENT))
    table.now = NOW + 2 * DAY
    table.take(ItemChanged(item=LEFT.model_copy(update={"version": 9}), config=1, changed={"pieces": {}}))
    assert table.row("idle").due_at == NOW + 5 * DAY


def test_a_rule_that_waits_in_its_stage_and_one_that_needs_no_entry_are_not_written_anew(table: Table) -> None:
    table.knowledge = shop(stays("later", timing={"after": "1 day"}), stays("then", timing={"at": "2026-03-05T10:00"}))
    table.take(entry(deal()), ItemChanged(item=deal(version=8), config=1))
    assert {row.version for row in table.rows()} == {1}
    table.take(entry(LEFT))
    table.take(ItemChanged(item=LEFT.model_copy(update={"version": 9}), config=1))
    assert {row.rule_key: row.version for row in table.rows() if row.activation == 1} == {"later": 2, "then": 1}


def replanned(table: Table) -> None:
    """Close the office on Tuesdays."""
    table.knowledge = table.knowledge.with_([record("calendar", "portal", CLOSED, revision=2)])
    desk = table.desk()
    replan_item(desk, DEAL, "calendar portal changed")
    table.keep(desk)


def test_a_series_that_stays_drops_the_day_that_became_a_holiday(table: Table) -> None:
    table.knowledge = shop(stays("daily", timing=SERIES))
    table.take(entry(deal(to=(CLIENT,)), CLIENT), entry(LEFT, CLIENT))
    table.now = at("2026-03-02T11:00")
    table.fire(table.occurrence("daily", "2026-03-02"))
    replanned(table)
    assert table.occurrences("daily") == {
        "2026-03-02": "dispatched",
        "2026-03-03": "skipped",
        "2026-03-04": "waiting",
    }
