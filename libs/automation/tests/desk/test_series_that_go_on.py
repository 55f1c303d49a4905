"""Series that go on: what comes with the next occurrence, what takes the place of one, and what is read no more."""

from typing import Any
from uuid import UUID

from automation.desk.testing import Table
from automation.testing import at, contact, deal, entry, rule, shop
from contracts.items import ItemChanged

DAILY: dict[str, Any] = {"every": "10:00", "zone": "UTC"}
REPORT = rule("report", timing=DAILY)
TASK = {"create-task": {"title": "Look at it"}}
THEN = rule("then", TASK, timing={"after_previous": "1 hour"})
NEVER = {"field": "item.amount", "greater": "9 EUR"}


def plan(table: Table, *published: Any) -> None:
    table.knowledge = shop(*published)
    client = contact(birthday="1990-07-14")
    table.take(entry(deal(to=(client,)), client))


def fired(table: Table, key: str, *days: int) -> set[UUID]:
    """Fire the occurrences of these days of March, each on its day; give what is read no more after that."""
    spent: set[UUID] = set()
    for day in days:
        table.now = at(f"2026-03-{day:02}T10:00")
        spent |= table.fire(table.occurrence(key, f"2026-03-{day:02}")).spent
    return spent


def test_every_setting_of_a_variable_stays_to_be_read(table: Table) -> None:
    plan(table, rule("count", {"set-variable": {"name": "n", "value": "1"}}, timing=DAILY))
    assert fired(table, "count", 2, 3, 4) == set()


def test_an_occurrence_is_read_as_long_as_anything_behind_it_is_ahead(table: Table) -> None:
    slow = rule("slow", TASK, timing={"after_previous": "5 days", "on_previous": "finished"})
    plan(table, rule("report", timing=DAILY, when=NEVER), slow)
    assert fired(table, "report", 2, 3, 4) == set()
    assert table.occurrences("slow")["2026-03-02"] == "waiting"


def test_an_occurrence_of_which_nothing_is_ahead_is_read_no_more_with_all_that_was_behind_it(table: Table) -> None:
    plan(table, rule("report", timing=DAILY, when=NEVER), THEN)
    over = {table.occurrence(key, "2026-03-02").id for key in ("report", "then")}
    assert fired(table, "report", 2) == set()
    assert table.occurrences("then")["2026-03-02"] == "blocked"
    assert fired(table, "report", 3) == over


def test_with_an_occurrence_only_what_waits_right_behind_it_is_planned(table: Table) -> None:
    last = rule("last", timing={"after_previous": "1 hour"})
    plan(table, REPORT, THEN, rule("greet"), last)
    fired(table, "report", 2)
    assert set(table.occurrences("then")) == {"2026-03-02", "2026-03-03"}
    assert set(table.occurrences("greet")) == set(table.occurrences("last")) == {"0"}


def test_the_rows_of_a_later_occurrence_stand_at_their_places_in_the_stage(table: Table) -> None:
    plan(table, rule("greet"), REPORT, THEN)
    fired(table, "report", 2)
    for key in ("report", "then"):
        first, second = (table.occurrence(key, day) for day in ("2026-03-02", "2026-03-03"))
        assert (first.position, second.position) == ({"report": 1, "then": 2}[key],) * 2
        assert (first.rule_set, first.activation, first.cause) == (second.rule_set, second.activation, second.cause)


def test_days_that_were_over_are_written_down_one_by_one_where_the_rule_says_to_skip_them(table: Table) -> None:
    plan(table, rule("report", timing={**DAILY, "if_past": "skip"}, catch_up="run"), THEN)
    table.now = at("2026-03-05T12:00")
    table.fire(table.occurrence("report", "2026-03-02"))
    assert table.occurrences("report") == {
        "2026-03-02": "missed",
        "2026-03-03": "skipped",
        "2026-03-04": "skipped",
        "2026-03-05": "skipped",
        "2026-03-06": "waiting",
    }
    assert table.occurrences("then") == {
        **dict.fromkeys(["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"], "blocked"),
        "2026-03-06": "waiting_for_previous",
    }


def test_what_takes_the_place_of_a_year_may_be_there_unread_and_what_follows_on_a_year_is_new(table: Table) -> None:
    plan(table, rule("gift", timing={"anniversary": "contact.birthday", "by": "2 days", "at": "10:00"}))
    client = contact(birthday="1990-02-01").model_copy(update={"version": 8})
    desk = table.take(ItemChanged(item=deal(to=(client,), version=8), linked=(client,), config=1))
    assert table.occurrences("gift") == {"2026": "skipped", "2027": "waiting"}
    second = table.occurrence("gift", "2027")
    assert (desk.doubted, second.due_at) == ({second.id}, at("2027-01-30T10:00"))
    table.now = at("2027-01-30T10:00")
    assert table.fire(second).doubted == set()
    assert table.occurrences("gift") == {"2026": "skipped", "2027": "dispatched", "2028": "waiting"}
