"""Rules that recur: each occurrence has its row, the next is planned when one has fired, while the item stays."""

from datetime import timedelta
from uuid import UUID

import pytest
from automation.desk.testing import Table
from automation.desk.timers import to_fire
from automation.testing import NOW, REF, at, contact, deal, entry, record, rule, rules, shop
from contracts.executions import ExecutionRow
from contracts.ids import execution_id
from contracts.items import ItemChanged, ItemStageChanged
from contracts.orders import CancelExecution, RetryExecution

GIFT = rule("gift", timing={"anniversary": "contact.birthday", "by": "2 days", "at": "10:00"})
REPORT = rule("report", timing={"every": "10:00", "zone": "UTC"})
THEN = rule("then", {"create-task": {"title": "Look at it"}}, timing={"after_previous": "1 hour"})
CLIENT = contact(birthday="1990-07-14")


def plan(table: Table, *rules_: object, birthday: str | None = "1990-07-14") -> None:
    table.knowledge = shop(*rules_)  # type: ignore[arg-type]
    client = contact(birthday=birthday)
    table.take(entry(deal(to=(client,)), client))


@pytest.mark.req("B4")
def test_an_anniversary_fires_and_the_next_years_is_planned(table: Table) -> None:
    plan(table, GIFT)
    first = table.occurrence("gift", "2026")
    assert (first.due_at, first.id) == (at("2026-07-12T09:00"), execution_id(GIFT.id, deal().id, 1, "2026"))
    table.now = at("2026-07-12T09:00")
    desk = table.fire(first)
    assert table.occurrences("gift") == {"2026": "dispatched", "2027": "waiting"}
    assert to_fire(desk) == {table.occurrence("gift", "2027").id: at("2027-07-12T09:00")}


@pytest.mark.req("B4")
def test_a_birthday_of_the_contact_that_is_corrected_moves_the_year_or_gives_way_to_another(table: Table) -> None:
    plan(table, GIFT)
    for version, birthday in ((8, "1990-09-01"), (9, "1990-02-01"), (10, "1990-10-01"), (11, None)):
        client = contact(birthday=birthday).model_copy(update={"version": version})
        table.take(ItemChanged(item=deal(to=(client,), version=version), linked=(client,), config=1))
        told = {8: {"2026": "waiting"}, 9: {"2026": "skipped", "2027": "waiting"}}
        told[10] = {"2026": "waiting", "2027": "waiting"}
        told[11] = {"2026": "waiting_for_date", "2027": "waiting_for_date"}
        assert table.occurrences("gift") == told[version]


def test_a_birthday_that_is_filled_later_counts_from_the_first_that_is_not_past(table: Table) -> None:
    plan(table, GIFT, birthday=None)
    assert table.occurrences("gift") == {"2026": "waiting_for_date"}
    client = contact(birthday="1990-02-01").model_copy(update={"version": 8})
    table.take(ItemChanged(item=deal(to=(client,), version=8), linked=(client,), config=1))
    assert table.occurrences("gift") == {"2026": "skipped", "2027": "waiting"}
    assert table.occurrence("gift", "2027").due_at == at("2027-01-30T10:00")


def test_each_day_fires_once_and_plans_the_next(table: Table) -> None:
    plan(table, REPORT)
    for day in (2, 3, 4):
        table.now = at(f"2026-03-0{day}T10:00")
        table.fire(table.occurrence("report", f"2026-03-0{day}"))
    assert table.occurrences("report") == {
        "2026-03-02": "dispatched",
        "2026-03-03": "dispatched",
        "2026-03-04": "dispatched",
        "2026-03-05": "waiting",
    }


def test_of_a_series_that_stays_on_leave_what_is_behind_it_and_does_not_stay_is_not_planned_any_more(
    table: Table,
) -> None:
    plan(table, rule("report", timing={"every": "10:00", "zone": "UTC"}, keep_on_leave=True), THEN)
    table.take(entry(deal(stage="documents", activation=2, version=8)))
    table.fire(table.occurrence("report", "2026-03-02"))
    assert table.occurrences("report") == {"2026-03-02": "dispatched", "2026-03-03": "waiting"}
    assert table.occurrences("then") == {"2026-03-02": "cancelled"}


def test_of_missed_days_only_the_latest_runs_late(table: Table) -> None:
    plan(table, rule("report", timing=REPORT.timing, catch_up="run"))
    table.now = at("2026-03-04T12:00")
    for day in (2, 3, 4):
        table.fire(table.occurrence("report", f"2026-03-0{day}"))
    assert table.occurrences("report") == {
        "2026-03-02": "missed",
        "2026-03-03": "missed",
        "2026-03-04": "dispatched",
        "2026-03-05": "waiting",
    }
    assert "the occurrence 2026-03-03 is due as well" in table.occurrence("report", "2026-03-02").reason


def test_a_rule_behind_it_runs_for_each_occurrence(table: Table) -> None:
    plan(table, rule("count", {"set-variable": {"name": "n", "value": "1"}}, timing=REPORT.timing), THEN)
    table.now = at("2026-03-02T10:00")
    table.fire(table.occurrence("count", "2026-03-02"))
    assert table.occurrences("then") == {"2026-03-02": "waiting", "2026-03-03": "waiting_for_previous"}
    table.now = at("2026-03-03T10:00")
    table.fire(table.occurrence("count", "2026-03-03"))
    assert table.occurrence("then", "2026-03-03").due_at == at("2026-03-03T11:00")


@pytest.mark.parametrize("fails", [False, True])
def test_a_condition_that_is_false_or_a_fault_today_does_not_end_the_series(table: Table, *, fails: bool) -> None:
    big = {"field": "item.amount", "greater": "1000 EUR"}
    odd = {"send-sms": {"text": "{{ item.colour }}"}}
    plan(table, rule("r", odd, timing=REPORT.timing) if fails else rule("r", timing=REPORT.timing, when=big))
    table.now = at("2026-03-02T10:00")
    table.fire()
    assert table.occurrences("r") == {"2026-03-02": "failed" if fails else "skipped", "2026-03-03": "waiting"}


def test_an_entry_that_is_told_again_plans_no_occurrence_twice(table: Table) -> None:
    plan(table, GIFT)
    table.now = at("2026-08-01T00:00")
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    assert table.occurrences("gift") == {"2026": "waiting"}


def test_leaving_ends_the_series_unless_the_rule_stays(table: Table) -> None:
    plan(table, REPORT, rule("stays", timing=REPORT.timing, keep_on_leave=True))
    gone = deal(version=8, activation=2, stage="documents", to=(CLIENT,))
    table.take(ItemStageChanged(item=gone, linked=(CLIENT,), config=1, rule_set=REF))
    assert table.occurrences("report") == {"2026-03-02": "cancelled"}
    table.now = at("2026-03-02T10:00")
    table.fire(table.occurrence("stays", "2026-03-02"))
    assert table.occurrences("stays") == {"2026-03-02": "dispatched", "2026-03-03": "waiting"}
    assert table.occurrence("stays", "2026-03-03").stage == "new"


def test_what_a_person_retries_runs_though_later_ones_are_due_and_plans_nothing_twice(table: Table) -> None:
    plan(table, REPORT)
    table.now = at("2026-03-04T12:00")
    table.fire(table.occurrence("report", "2026-03-02"))
    missed = table.occurrence("report", "2026-03-02")
    table.take(RetryExecution(execution=missed.id, item=missed.item, by="user:ann"))
    assert table.occurrences("report") == {"2026-03-02": "dispatched", "2026-03-03": "waiting"}


def test_a_paused_series_goes_on_with_the_latest(table: Table) -> None:
    plan(table, REPORT)
    open_, pause = table.knowledge, record("pause", "p", {"scope": "all"}, revision=2)
    table.knowledge = table.knowledge.with_((pause,))
    table.now = NOW + timedelta(days=1)
    assert table.fire().held == {table.occurrence("report", "2026-03-02").id}
    table.knowledge = open_
    table.fire()
    table.fire(table.occurrence("report", "2026-03-03"))
    assert table.occurrences("report") == {
        "2026-03-02": "missed",
        "2026-03-03": "dispatched",
        "2026-03-04": "waiting",
    }


def test_what_is_over_and_was_followed_is_not_read_any_more(table: Table) -> None:
    plan(table, rule("report", timing=REPORT.timing, when={"field": "item.amount", "greater": "9 EUR"}))
    told = []
    for day in (2, 3, 4):
        table.now = at(f"2026-03-0{day}T10:00")
        told.append(table.fire(table.occurrence("report", f"2026-03-0{day}")).spent)
    second = {table.occurrence("report", f"2026-03-0{day}").id for day in (2, 3)}
    assert told == [set(), {table.occurrence("report", "2026-03-02").id}, second]


def test_a_rule_behind_reads_the_results_of_its_own_occurrence(table: Table) -> None:
    count = rule("count", {"set-variable": {"name": "n", "value": "{{ item.title }}"}}, timing=REPORT.timing)
    say = rule("say", {"send-sms": {"text": "{{ var.n }}"}}, timing={"after_previous": "0 minutes"})
    plan(table, count, say)
    for day, title in ((2, "Sofa"), (3, "Chair")):
        table.now = at(f"2026-03-0{day}T10:00")
        table.take(ItemChanged(item=deal(to=(CLIENT,), title=title, version=6 + day), linked=(CLIENT,), config=1))
        table.fire(table.occurrence("count", f"2026-03-0{day}"))
    counted = {day: table.occurrence("count", day).results for day in ("2026-03-02", "2026-03-03")}
    assert counted["2026-03-02"] != counted["2026-03-03"]
    for date, results in counted.items():
        assert table.desk().facts(table.occurrence("say", date), say).results["count"] == results


def cancel(row: ExecutionRow, *, series: bool) -> CancelExecution:
    return CancelExecution(execution=row.id, item=row.item, by="user:ann", reason="not now", series=series)


@pytest.mark.parametrize("series", [False, True])
def test_one_occurrence_is_cancelled_alone_and_the_next_is_planned_unless_the_series_ends(
    table: Table, *, series: bool
) -> None:
    plan(table, REPORT, THEN)
    first = table.occurrence("report", "2026-03-02")
    order = table.received(cancel(first, series=series))
    table.take_received([order])
    table.take_received([order])
    rest = {} if series else {"2026-03-03": "waiting"}
    assert table.occurrences("report") == {"2026-03-02": "cancelled", **rest}
    behind = {} if series else {"2026-03-03": "waiting_for_previous"}
    assert table.occurrences("then") == {"2026-03-02": "blocked", **behind}


@pytest.mark.req("B4")
def test_an_occurrence_that_is_over_and_not_read_any_more_is_not_planned_again_and_the_series_goes_on(
    table: Table,
) -> None:
    late = {"timing": {**GIFT.timing, "by": "2 days"}, "when": {"field": "item.pieces", "greater": 1}}
    gift = GIFT.model_copy(update=late)
    plan(table, gift.model_copy(update={"timing": {**GIFT.timing, "by": "300 days"}}))
    spent: set[UUID] = set()
    for occurrence in ("2027", "2028"):
        fired = table.occurrence("gift", occurrence)
        assert fired.due_at is not None
        table.now = fired.due_at
        spent |= table.fire(fired).spent
    assert spent == {table.occurrence("gift", "2027").id}
    # A database reads no more of them; now the rule fires two days before, and that is ahead in 2027.
    over = table.executions.pop(table.occurrence("gift", "2027").id)
    migrated = rules(gift, number=2)
    migrated = migrated.model_copy(update={"data": {**migrated.data, "waiting": "migrate"}})
    table.knowledge = table.knowledge.with_([migrated])
    table.fire(table.occurrence("gift", "2029"))
    client = contact(birthday="1990-12-01").model_copy(update={"version": 8})
    desk = table.take(ItemChanged(item=deal(to=(client,), version=8), linked=(client,), config=1))
    assert table.occurrence("gift", "2029").due_at == at("2029-11-29T10:00")
    assert over.row.id not in desk.changed
    assert table.occurrences("gift") == {"2028": "skipped", "2029": "waiting"}
