"""Moments that cannot be computed or are over: the row says why, what waits behind it hears of it, nobody else does."""

from datetime import timedelta
from typing import Any

import pytest
from automation.desk.replanning import replan_item
from automation.desk.testing import Table
from automation.testing import DEAL, NOW, at, contact, deal, entry, record, rule, shop
from contracts.items import Item, ItemChanged, ItemDeleted, ItemEvent

# Somebody took all hours out of the calendar.
CLOSED = record("calendar", "portal", {"id": "portal", "zone": "Europe/Lisbon", "weekly": {}}, revision=2)
GREET = rule("greet")
NUDGE = rule("nudge", timing={"after": "2 days"})
REMIND = rule("remind", timing={"before": "item.payment_due", "by": "1 day", "at": "10:00"})
GIFT = rule("gift", timing={"after_date": "contact.birthday", "if_past": "skip"})
REPORT = rule("report", timing={"every": "10:00", "zone": "UTC", "working_time": "portal"})
DELIVER = rule("deliver", timing={"after_date": "item.payment_due", "working_time": "portal"})
TASK = {"create-task": {"title": "Call"}}
THEN = rule("then", TASK, timing={"after_previous": "0 minutes"})
IF_FAILED = rule("if-failed", TASK, timing={"after_previous": "0 minutes", "on_previous": "failed"})
CLIENT = contact(birthday="2026-02-01")


def close(table: Table) -> None:
    table.knowledge = table.knowledge.with_([CLOSED])


def replanned(table: Table) -> None:
    """Compute the deal afresh, as after a change of something else."""
    desk = table.desk()
    replan_item(desk, DEAL, "something changed")
    table.keep(desk)


def changed(version: int, **fields: Any) -> ItemChanged:
    return ItemChanged(item=deal(version=version, **fields), config=1)


def left(version: int, **fields: Any) -> Item:
    return deal(stage="documents", activation=2, version=version, **fields)


def test_a_date_that_no_working_time_follows_on_fails_in_words_and_what_waits_for_that_runs(table: Table) -> None:
    table.knowledge = shop(DELIVER, IF_FAILED)
    table.take(entry(deal()))
    close(table)
    table.take(changed(8, payment_due="2026-03-20"))
    row = table.row("deliver")
    assert table.states() == {"deliver": "failed", "if-failed": "dispatched"}
    assert (row.finished_at, row.due_at) == (NOW, None)
    assert "'portal' has no working hours" in row.reason


def test_a_date_that_moves_into_the_past_blocks_what_is_behind_until_it_comes_after_all(table: Table) -> None:
    table.knowledge = shop(REMIND, THEN)
    table.take(entry(deal(payment_due="2026-03-20")), changed(8, payment_due="2026-02-01"))
    assert table.states() == {"remind": "skipped", "then": "blocked"}
    assert table.row("then").reason.startswith("the rule before it, remind, is skipped (1 day before item.payment_due")
    table.take(changed(9, payment_due="2026-03-25"))
    assert table.states() == {"remind": "waiting", "then": "blocked"}
    table.now = at("2026-03-24T10:00")
    table.fire()
    table.take(table.outcome("remind", "sent"))
    assert table.states() == {"remind": "succeeded", "then": "dispatched"}


@pytest.mark.parametrize("by_timer", [True, False])
def test_a_series_without_working_time_ends_in_words_and_holds_up_nothing(table: Table, *, by_timer: bool) -> None:
    table.knowledge = shop(REPORT, THEN, NUDGE)
    table.take(entry(deal()))
    close(table)
    if by_timer:
        assert table.fire().remarks == []
    else:
        replanned(table)
    assert table.states() == {"report": "failed", "then": "blocked", "nudge": "waiting"}
    assert "'portal' has no working hours" in table.row("report").reason
    assert table.row("report").version == 2


def test_the_end_of_a_rule_is_taken_though_the_one_behind_it_finds_no_moment(table: Table) -> None:
    behind = rule("behind", timing={"after_previous": "1 hour", "working_time": "portal"})
    table.knowledge = shop(GREET, behind, IF_FAILED)
    table.take(entry(deal()))
    close(table)
    table.take(table.outcome("greet", "sent"))
    assert table.states() == {"greet": "succeeded", "behind": "failed", "if-failed": "dispatched"}
    assert "'portal' has no working hours" in table.row("behind").reason
    assert table.row("behind").version == 2


def test_a_wait_that_would_begin_with_the_entry_fails_in_words_and_the_others_are_planned(table: Table) -> None:
    opened = rule("opened", timing={"wait_for": "document.opened", "at_most": "1 working day"})
    table.knowledge = shop(opened, IF_FAILED, GREET, extra=(CLOSED,))
    table.take(entry(deal()))
    assert table.states() == {"opened": "failed", "if-failed": "waiting", "greet": "dispatched"}
    assert table.row("opened").version == 1


FAR = "9999-12-31"
LONG_AGO = "0001-01-01"


@pytest.mark.parametrize(
    ("timing", "date"),
    [
        ({"after_date": "item.payment_due", "by": "1 day"}, FAR),
        ({"after_date": "item.payment_due", "by": "1 month"}, FAR),
        ({"after_date": "item.payment_due", "by": "25 hours"}, FAR),
        ({"after_date": "item.payment_due", "working_time": "portal", "by": "3 days"}, FAR),
        ({"before": "item.payment_due", "by": "1 day", "if_past": "run"}, LONG_AGO),
        ({"before": "item.payment_due", "by": "2 working days", "if_past": "run"}, LONG_AGO),
        ({"before": "item.payment_due", "zone": "Asia/Tokyo", "if_past": "run"}, LONG_AGO),
        ({"after_date": "item.payment_due", "by": "1 day"}, f"{FAR}T23:30:00-05:00"),
        ({"anniversary": "item.payment_due"}, f"{FAR}T23:30:00-05:00"),
    ],
)
def test_a_date_from_which_nothing_can_be_counted_is_waited_out_and_stops_no_other_rule(
    table: Table, timing: dict[str, str], date: str
) -> None:
    table.knowledge = shop(rule("far", timing=timing), GREET)
    table.take(entry(deal(payment_due=date)))
    assert table.states() == {"far": "waiting_for_date", "greet": "dispatched"}
    assert table.row("far").reason.startswith("item.payment_due: ")
    table.take(changed(8, payment_due="2026-04-10"))
    assert table.states() == {"far": "waiting", "greet": "dispatched"}


@pytest.mark.parametrize("more", [{"zone": "America/New_York"}, {"working_time": "portal"}])
def test_a_written_moment_after_which_there_is_no_calendar_fails_in_words(table: Table, more: dict[str, str]) -> None:
    table.knowledge = shop(rule("far", timing={"at": f"{FAR}T23:30", **more}), GREET)
    table.take(entry(deal()))
    assert table.states() == {"far": "failed", "greet": "dispatched"}


@pytest.mark.parametrize(
    "gone",
    [
        ItemDeleted(item=deal(version=8, to=(CLIENT,)), config=1),
        entry(deal(stage="documents", activation=2, version=8, to=(CLIENT,)), CLIENT),
    ],
)
def test_what_was_past_is_not_planned_anew_of_an_item_that_has_left_or_is_deleted(
    table: Table, gone: ItemEvent
) -> None:
    table.knowledge = shop(GIFT)
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    skipped = table.row("gift")
    later = contact(birthday="2026-05-01").model_copy(update={"version": 9})
    table.take(gone, ItemChanged(item=later, config=1))
    replanned(table)
    assert (table.row("gift"), skipped.state) == (skipped, "skipped")


def test_what_stays_from_an_earlier_stage_still_follows_its_date(table: Table) -> None:
    table.knowledge = shop(REMIND.model_copy(update={"keep_on_leave": True}))
    table.take(entry(deal(payment_due="2026-03-20")), entry(left(8, payment_due="2026-03-20")))
    table.take(ItemChanged(item=left(9, payment_due="2026-03-25"), config=1))
    assert table.row("remind").due_at == at("2026-03-24T10:00")
    table.take(ItemChanged(item=left(10), config=1))
    assert table.row("remind").state == "waiting_for_date"


def test_what_was_cancelled_by_the_leave_is_not_planned_anew_by_its_date(table: Table) -> None:
    table.knowledge = shop(REMIND)
    table.take(entry(deal(payment_due="2026-03-20")), entry(left(8, payment_due="2026-03-20")))
    cancelled = table.row("remind")
    table.now = NOW + timedelta(hours=1)
    table.take(ItemChanged(item=left(9, payment_due="2026-03-25"), config=1))
    assert (table.row("remind"), cancelled.state) == (cancelled, "cancelled")
