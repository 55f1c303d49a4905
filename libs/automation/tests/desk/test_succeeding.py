"""Executions that wait when later rule sets are published: kept, migrated or cancelled, whoever looks at them first."""

from datetime import timedelta
from typing import Any

import pytest
from automation.desk.succeeding import bring_up
from automation.desk.testing import Table
from automation.desk.timers import over_timers, to_fire
from automation.knowledge import Knowledge
from automation.testing import NOW, PIPELINE, contact, deal, entry, pipeline, record, rule, shop
from contracts.actions import PerformAction
from contracts.ids import rule_id
from contracts.outcomes import EffectOutcome
from contracts.rules import Rule

CLIENT = contact()
NUDGE = rule("nudge", timing={"after": "2 days"})
SOONER = rule("nudge", {"send-sms": {"text": "Sooner"}}, timing={"after": "1 day"})
ITEM = deal(to=(CLIENT,))
DAY = timedelta(days=1)


def version(number: int, waiting: str, *rules: Rule, stage: str = "new") -> Any:
    stages = [{"stage": stage, "rules": [one.model_dump() for one in rules]}]
    data = {"pipeline": PIPELINE, "number": number, "stages": stages, "published_by": "user:ann", "waiting": waiting}
    return record("rule-set", f"{PIPELINE}/{number}", data, number)


def after(*versions: Any, first: tuple[Rule, ...] = (NUDGE,)) -> Knowledge:
    """Give what is known after these versions were published over the first one."""
    return shop(*first, extra=(*versions, pipeline(rule_set=len(versions) + 1)))


def planned(table: Table, *rules: Rule) -> None:
    table.knowledge = shop(*rules)
    table.take(entry(ITEM, CLIENT))


def brought_up(table: Table) -> Any:
    """Bring the item up, as the job does."""
    desk = table.desk()
    bring_up(desk, ITEM.id)
    return table.keep(desk)


def test_keep_leaves_the_old_rule_and_its_time(table: Table) -> None:
    planned(table, NUDGE)
    before = table.row("nudge")
    table.knowledge = after(version(2, "keep", SOONER))
    brought_up(table)
    assert table.row("nudge") == before


def test_cancel_ends_what_waits_and_names_who_published(table: Table) -> None:
    planned(table, NUDGE)
    table.knowledge = after(version(2, "cancel", SOONER))
    desk = brought_up(table)
    row = table.row("nudge")
    assert (row.state, row.reason) == (
        "cancelled",
        "cancelled by version 2, published by user:ann, which ends what waited",
    )
    assert over_timers(desk) == {row.id}


def test_migrate_gives_the_new_rule_with_its_moment_from_the_entry(table: Table) -> None:
    planned(table, NUDGE)
    table.now = NOW + timedelta(hours=2)
    table.knowledge = after(version(2, "migrate", rule("new-one"), SOONER))
    desk = brought_up(table)
    row = table.row("nudge")
    assert (row.rule_set.number, row.position, row.due_at, row.state) == (2, 1, NOW + DAY, "waiting")
    assert (row.notes[-1].old, row.notes[-1].new) == (NOW + 2 * DAY, NOW + DAY)
    assert "moved to version 2, published by user:ann" in row.notes[-1].cause
    assert to_fire(desk) == {row.id: NOW + DAY}
    assert [one.rule_key for one in table.rows()] == ["nudge"], "rules that are new in it add nothing"


def test_what_the_new_set_lacks_is_cancelled(table: Table) -> None:
    planned(table, NUDGE)
    table.knowledge = after(version(2, "migrate", rule("nudge", timing={"after": "1 day"}, enabled=False)))
    brought_up(table)
    assert table.row("nudge").reason.endswith("which has no such rule in this stage")


def test_a_moment_that_is_over_runs_late_and_says_so(table: Table) -> None:
    planned(table, NUDGE)
    table.now = NOW + 1.5 * DAY
    table.knowledge = after(version(2, "migrate", SOONER))
    brought_up(table)
    assert "already past" in table.row("nudge").notes[-1].cause
    table.fire()
    assert [action.params["text"] for action in table.heard(PerformAction)] == ["Sooner"]


def test_what_is_due_before_the_job_came_is_brought_up_by_the_one_who_fires(table: Table) -> None:
    planned(table, NUDGE)
    table.now = NOW + 2 * DAY
    table.knowledge = after(version(2, "migrate", rule("nudge", timing={"after": "3 days"})))
    table.fire()
    assert (table.row("nudge").state, table.row("nudge").due_at) == ("waiting", NOW + 3 * DAY)
    table.knowledge = after(version(2, "migrate", SOONER), version(3, "cancel", SOONER))
    table.fire()
    assert table.row("nudge").state == "cancelled"
    assert table.heard(PerformAction) == []


def test_what_stayed_on_leave_ends_where_the_new_rule_does_not_stay(table: Table) -> None:
    staying = rule("nudge", timing={"after": "2 days"}, keep_on_leave=True)
    planned(table, staying)
    table.take(entry(deal(stage="documents", activation=2, version=8)))
    table.knowledge = after(version(2, "migrate", SOONER), first=(staying,))
    brought_up(table)
    row = table.row("nudge")
    words = "left the stage; moved to version 2, published by user:ann, where it does not stay"
    assert (row.state, row.reason) == ("cancelled", words)


def test_the_choice_holds_for_an_entry_that_arrives_late(table: Table) -> None:
    table.knowledge = after(version(2, "cancel", SOONER), first=(rule("greet"), NUDGE))
    table.take(entry(ITEM, CLIENT))
    assert table.states() == {"greet": "dispatched", "nudge": "cancelled"}


@pytest.mark.parametrize(("waiting", "state", "number"), [("cancel", "cancelled", 1), ("migrate", "waiting", 2)])
def test_the_choice_holds_for_a_late_entry_of_which_nothing_is_sent_at_once(
    table: Table, waiting: str, state: str, number: int
) -> None:
    table.knowledge = after(version(2, waiting, SOONER))
    desk = table.take(entry(ITEM, CLIENT))
    row = table.row("nudge")
    assert (row.state, row.rule_set.number) == (state, number)
    assert to_fire(desk) == ({row.id: NOW + DAY} if state == "waiting" else {})


def test_a_keep_after_a_migrate_leaves_things_where_the_migrate_put_them(table: Table) -> None:
    planned(table, NUDGE)
    table.knowledge = after(version(2, "migrate", SOONER), version(3, "keep", NUDGE))
    brought_up(table)
    assert table.row("nudge").rule_set.number == 2
    before = table.row("nudge")
    brought_up(table)
    assert table.row("nudge") == before


def test_a_rule_that_waits_for_another_is_released_by_the_order_of_the_new_set(table: Table) -> None:
    first = rule("first")
    waits = rule("waits", timing={"after_previous": "1 hour"})
    planned(table, first, waits)
    table.knowledge = after(
        version(2, "migrate", first, rule("waits", timing={"after_previous": "2 hours"})), first=(first, waits)
    )
    brought_up(table)
    assert table.states() == {"first": "dispatched", "waits": "waiting_for_previous"}
    answer(table, "first")
    assert (table.row("waits").state, table.row("waits").due_at) == ("waiting", NOW + timedelta(hours=2))


def test_the_end_of_the_rule_before_brings_up_what_the_job_has_not_reached(table: Table) -> None:
    first = rule("first")
    waits = rule("waits", timing={"after_previous": "1 hour"})
    planned(table, first, waits)
    table.knowledge = after(version(2, "cancel", first), first=(first, waits))
    answer(table, "first")
    assert table.row("waits").state == "cancelled"


def test_a_rule_that_would_wait_for_one_that_never_ran_here_is_blocked_and_says_so(table: Table) -> None:
    planned(table, NUDGE)
    behind = rule("nudge", timing={"after_previous": "1 hour"})
    table.knowledge = after(version(2, "migrate", rule("fresh"), behind))
    brought_up(table)
    assert table.row("nudge").state == "blocked"
    assert table.row("nudge").reason == "the rule before it, fresh, came with a later publish and never ran here"


def test_a_wait_that_a_later_publish_puts_first_counts_from_the_entry(table: Table) -> None:
    heard = rule("heard", timing={"wait_for": "email.received", "at_most": "1 day"})
    planned(table, NUDGE, heard)
    table.knowledge = after(version(2, "migrate", heard), first=(NUDGE, heard))
    assert to_fire(brought_up(table)) == {table.row("heard").id: NOW + timedelta(days=1)}
    assert (table.row("heard").state, table.row("nudge").state) == ("waiting_for_signal", "cancelled")


def test_a_rule_that_a_later_publish_leaves_with_none_before_it_says_that_it_never_runs(table: Table) -> None:
    then = rule("then", timing={"after_previous": "1 hour"})
    planned(table, NUDGE, then)
    table.knowledge = after(version(2, "migrate", then), first=(NUDGE, then))
    brought_up(table)
    assert table.row("then").state == "blocked"
    assert table.row("then").reason == "there is no enabled rule before it in the stage"


def test_a_chain_whose_order_a_later_publish_has_turned_ends_as_a_whole(table: Table) -> None:
    then, more = (rule(key, timing={"after_previous": "1 hour"}) for key in ("then", "more"))
    table.knowledge = after(version(2, "migrate", rule("fresh"), more, then), first=(NUDGE, then, more))
    table.take(entry(ITEM, CLIENT))
    assert {key: table.states()[key] for key in ("then", "more")} == {"then": "blocked", "more": "blocked"}
    assert "fresh, came with a later publish" in table.row("more").reason


def test_what_was_dispatched_is_not_touched_by_a_publish(table: Table) -> None:
    planned(table, rule("greet"))
    before = table.row("greet")
    table.knowledge = after(version(2, "cancel"), first=(rule("greet"),))
    brought_up(table)
    assert table.row("greet") == before


def answer(table: Table, key: str) -> None:
    """Say that the effect of a rule was sent."""
    row = table.row(key)
    [performed] = [one for one in table.heard(PerformAction) if one.rule == rule_id(PIPELINE, "new", key)]
    [recipient] = performed.recipients
    outcome = EffectOutcome(
        execution=row.id,
        effect=row.id,
        whom=recipient.whom,
        item=row.item,
        activation=row.activation,
        round=1,
        state="sent",
        version=1,
        effects=1,
        at=NOW,
    )
    table.take(outcome)


def test_results_of_a_rule_that_was_renamed_since_it_ran_are_read_by_its_new_name(table: Table) -> None:
    made = rule("word", {"set-variable": {"name": "x", "value": "Hello"}})
    told = rule("nudge", {"send-sms": {"text": "{{ results.word.value }}"}}, timing={"after": "2 days"})
    planned(table, made, told)
    renamed = made.model_copy(update={"key": "greeting"})
    newer = told.model_copy(update={"do": {"send-sms": {"text": "{{ results.greeting.value }}!"}}})
    table.knowledge = after(version(2, "migrate", renamed, newer), first=(made, told))
    brought_up(table)
    table.now = NOW + 2 * DAY
    table.fire()
    assert table.row("nudge").reason == ""
    assert [action.params["text"] for action in table.heard(PerformAction)] == ["Hello!"]


@pytest.mark.parametrize(
    ("old", "new", "due", "over"),
    [
        ({"after": "2 days"}, {"every": "10:00", "zone": "UTC"}, NOW + DAY, "0"),
        ({"every": "11:00", "zone": "UTC"}, {"after": "2 days"}, NOW + 2 * DAY, "2026-03-02"),
        ({"every": "11:00", "zone": "UTC"}, {"every": "12:00", "zone": "UTC"}, NOW + timedelta(hours=2), ""),
        ({"after": "2 days"}, {"wait_for": "email.received", "at_most": "3 days"}, NOW + 3 * DAY, ""),
        ({"wait_for": "email.received"}, {"after": "2 days"}, NOW + 2 * DAY, ""),
    ],
)
def test_a_rule_whose_kind_of_timing_a_later_publish_changes_has_one_moment_of_the_new_kind(
    table: Table, old: Any, new: Any, due: Any, over: str
) -> None:
    planned(table, rule("nudge", timing=old))
    table.now = NOW + timedelta(minutes=5)
    table.knowledge = after(version(2, "migrate", rule("nudge", timing=new)), first=(rule("nudge", timing=old),))
    brought_up(table)
    open_ = [row for row in table.rows() if row.state in {"waiting", "waiting_for_signal"}]
    assert [(row.due_at, row.rule_set.number) for row in open_] == [(due, 2)]
    assert [row.occurrence for row in table.rows() if row.state == "skipped"] == ([over] if over else [])
