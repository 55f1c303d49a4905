"""What an entry plans, what a changed date moves, and what a leave cancels."""

from datetime import timedelta
from typing import Any

import pytest
from automation.knowledge import Knowledge
from automation.planning import is_of_entry, leave, plan_entry, replan
from automation.testing import CAUSE, NOW, REF, SMS, at, contact, deal, entry, record, rule, shop
from contracts.executions import ExecutionRow, PlanNote
from contracts.ids import execution_id
from contracts.items import Item
from contracts.rules import Rule
from hypothesis import given
from hypothesis import strategies as st

REMIND = rule("remind", timing={"before": "item.payment_due", "by": "1 day", "at": "10:00"})
NUDGE = rule("nudge", timing={"after": "2 days"})


def plan(knowledge: Knowledge, item: Item | None = None, **parts: Any) -> dict[str, ExecutionRow]:
    """Plan the entry of a deal, by the rules' keys."""
    event = entry(item or deal(to=(contact(),)), contact(), **parts)
    return {row.rule_key: row for row in plan_entry(event, knowledge, CAUSE, NOW)}


def test_entry_makes_one_row_for_each_enabled_rule() -> None:
    rows = plan(shop(rule("greet"), NUDGE, REMIND, rule("off", enabled=False)))
    assert {key: row.state for key, row in rows.items()} == {
        "greet": "waiting",
        "nudge": "waiting",
        "remind": "waiting_for_date",
    }
    assert rows["greet"].due_at == NOW
    assert rows["nudge"].due_at == NOW + timedelta(days=2)
    assert rows["nudge"].notes[0].cause == "2 days after entry"
    assert rows["remind"].reason == "waiting for item.payment_due to be filled"


@pytest.mark.parametrize(
    "timing", [{}, {"after": "2 days"}, {"before": "item.payment_due", "by": "1 day"}, {"at": "x"}]
)
def test_rows_are_what_their_class_makes_of_their_json(timing: dict[str, Any]) -> None:
    row = plan(shop(rule("one", timing=timing)))["one"]
    again = ExecutionRow.model_validate_json(row.model_dump_json())
    assert again == row
    assert again.model_copy(update={"stage": "x"}) == row.model_copy(update={"stage": "x"})
    assert list(row.__dict__) == list(ExecutionRow.model_fields)
    for note in row.notes:
        assert list(note.__dict__) == list(PlanNote.model_fields)


def test_rows_of_one_entry_share_nothing_that_can_change() -> None:
    first, second = plan(shop(rule("one"), rule("two"))).values()
    assert first.seen is not second.seen
    assert first.results is not second.results
    copy = first.model_copy(update={"round": 2})
    assert (copy.model_fields_set - first.model_fields_set, second.round) == ({"round"}, 1)


def test_row_says_where_it_comes_from() -> None:
    row = plan(shop(rule("greet")))["greet"]
    item = deal()
    assert (row.version, row.item, row.activation, row.stage, row.rule_set) == (1, item.id, 1, "new", REF)
    assert (row.action, row.cause, row.planned_at) == ("send-sms", CAUSE, NOW)
    assert ExecutionRow.model_validate(row.model_dump()) == row


@given(st.integers(1, 10**9))
def test_same_entry_gives_the_same_ids_and_another_activation_others(activation: int) -> None:
    knowledge = shop(rule("greet"))
    again = [plan(knowledge, deal(activation=activation))["greet"] for _ in range(2)]
    assert again[0] == again[1]
    assert again[0].id == execution_id(rule("greet").id, deal().id, activation)
    assert plan(knowledge, deal(activation=activation + 1))["greet"].id != again[0].id


def test_suppressed_entry_plans_nothing() -> None:
    assert plan(shop(rule("greet")), job="import-7") == {}


def test_entry_of_a_pipeline_without_published_rules_plans_nothing() -> None:
    event = entry(deal()).model_copy(update={"rule_set": None})
    assert plan_entry(event, shop(rule("greet")), CAUSE, NOW) == ()


def test_rules_of_another_stage_are_not_planned() -> None:
    assert plan(shop(rule("greet")), deal(stage="paid")) == {}


def test_past_date_leaves_a_row_with_the_reason() -> None:
    row = plan(shop(REMIND), deal(payment_due="2026-02-01"))["remind"]
    assert (row.state, row.finished_at) == ("skipped", NOW)
    assert "1 day before item.payment_due (2026-02-01), at 10:00: 2026-01-31 10:00 UTC was over" in row.reason


def test_late_run_says_so() -> None:
    row = plan(shop(rule("at", timing={"at": "2026-03-01T10:00"})))["at"]
    assert row.state == "waiting"
    assert row.notes[0].cause == "at 2026-03-01T10:00; the moment was already past, it runs late"


def test_what_a_changed_date_puts_into_the_past_says_that_it_runs_late() -> None:
    thanks = rule("thanks", timing={"after_date": "item.payment_due"})
    row = plan(shop(thanks), deal(payment_due="2026-05-02"))["thanks"]
    late = moved(row, thanks, deal(payment_due="2026-03-01"))
    assert late is not None
    assert late.notes[-1].cause.endswith("(2026-03-01); the moment was already past, it runs late")


def test_rule_that_cannot_be_read_fails_in_words_and_stops_no_other() -> None:
    rows = plan(shop(rule("odd", timing={"whenever": "10:00"}), rule("greet")))
    assert (rows["odd"].state, rows["greet"].state) == ("failed", "waiting")
    assert "unknown kind of timing: whenever" in rows["odd"].reason


FOLLOW = rule("follow", timing={"after_previous": "0 minutes"})


def test_rule_after_the_previous_one_waits_for_it() -> None:
    assert plan(shop(rule("greet"), FOLLOW))["follow"].state == "waiting_for_previous"


def test_first_rule_cannot_follow_another() -> None:
    row = plan(shop(rule("off", enabled=False), FOLLOW))["follow"]
    assert (row.state, row.reason) == ("blocked", "there is no enabled rule before it in the stage")


def test_rule_after_one_that_was_skipped_at_planning_is_blocked_at_once() -> None:
    chain = shop(REMIND, FOLLOW, rule("third", timing={"after_previous": "1 day"}))
    rows = plan(chain, deal(payment_due="2026-02-01"))
    assert (rows["follow"].state, rows["third"].state) == ("blocked", "blocked")
    assert rows["follow"].reason.startswith("the rule before it, remind, is skipped (1 day before")
    assert rows["follow"].version == 1
    finished = rule("follow", timing={"after_previous": "1 hour", "on_previous": "finished"})
    released = plan(shop(REMIND, finished), deal(payment_due="2026-02-01"))["follow"]
    assert (released.state, released.due_at) == ("waiting", NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("timing", "of_entry"),
    [({}, True), ({"working_time": "portal"}, False), ({"after": "1 day"}, False), ({"nonsense": 1}, False)],
)
def test_only_what_is_immediate_at_any_hour_belongs_to_the_entry(timing: dict[str, Any], *, of_entry: bool) -> None:
    assert is_of_entry(rule("x", timing=timing)) is of_entry


def moved(row: ExecutionRow, of: Rule, item: Item, knowledge: Knowledge | None = None) -> ExecutionRow | None:
    """Plan a row anew after the item became this, an hour later."""
    return replan(row, of, item, (), knowledge or shop(of), NOW + timedelta(hours=1), "payment_due changed by ann")


def test_plan_moves_with_its_date() -> None:
    row = plan(shop(REMIND), deal(payment_due="2026-05-02"))["remind"]
    later = moved(row, REMIND, deal(payment_due="2026-06-02"))
    assert later is not None
    assert (later.state, later.due_at, later.version) == ("waiting", at("2026-06-01T09:00"), 2)
    assert later.notes[-1].model_dump(include={"old", "new", "cause"}) == {
        "old": at("2026-05-01T09:00"),
        "new": at("2026-06-01T09:00"),
        "cause": "payment_due changed by ann: 1 day before item.payment_due (2026-06-02), at 10:00",
    }
    assert moved(later, REMIND, deal(payment_due="2026-06-02")) is None


def test_date_that_is_filled_cleared_and_filled_again() -> None:
    row = plan(shop(REMIND))["remind"]
    filled = moved(row, REMIND, deal(payment_due="2026-05-02"))
    assert filled is not None
    assert (filled.state, filled.reason) == ("waiting", "")
    cleared = moved(filled, REMIND, deal())
    assert cleared is not None
    assert (cleared.state, cleared.due_at) == ("waiting_for_date", None)
    assert moved(cleared, REMIND, deal()) is None


def test_rule_skipped_for_its_past_date_is_planned_when_the_date_changes() -> None:
    row = plan(shop(REMIND), deal(payment_due="2026-02-01"))["remind"]
    again = moved(row, REMIND, deal(payment_due="2026-05-02"))
    assert again is not None
    assert (again.state, again.finished_at) == ("waiting", None)
    past = moved(again, REMIND, deal(payment_due="2026-01-02"))
    assert past is not None
    assert past.state == "skipped"


@pytest.mark.parametrize("state", ["dispatched", "succeeded", "failed", "cancelled", "missed", "blocked", "uncertain"])
def test_rule_that_has_fired_stays_fired(state: str) -> None:
    row = plan(shop(REMIND), deal(payment_due="2026-05-02"))["remind"].model_copy(update={"state": state})
    assert moved(row, REMIND, deal(payment_due="2026-06-02")) is None
    skipped = row.model_copy(update={"state": "skipped", "seen": {"item.version": 7}})
    assert moved(skipped, REMIND, deal(payment_due="2026-06-02")) is None


def test_delay_counts_from_the_entry_though_the_calendar_changes_later() -> None:
    waits = rule("waits", timing={"after": "2 hours", "working_time": "portal"})
    row = plan(shop(waits))["waits"]
    assert row.due_at == at("2026-03-02T12:00")
    hours = {"id": "portal", "zone": "Europe/Lisbon", "weekly": {"0": [["11:30", "18:00"]]}}
    changed = moved(row, waits, deal(), shop(waits, extra=(record("calendar", "portal", hours),)))
    assert changed is not None
    assert changed.due_at == at("2026-03-02T13:30")


def test_leave_cancels_what_waits_and_says_by_what() -> None:
    rows = plan(shop(NUDGE, REMIND, rule("first"), FOLLOW))
    for key, of in (("nudge", NUDGE), ("remind", REMIND), ("follow", FOLLOW)):
        left = leave(rows[key], of, "moved to documents by ann", CAUSE, NOW)
        assert left is not None
        assert (left.state, left.reason, left.version) == ("cancelled", "moved to documents by ann", 2)
        assert (left.cause, left.finished_at) == (CAUSE, NOW)


def test_leave_of_a_dispatched_row_leaves_the_answer_to_the_worker() -> None:
    row = plan(shop(NUDGE))["nudge"].model_copy(update={"state": "dispatched"})
    left = leave(row, NUDGE, "moved", CAUSE, NOW)
    assert left is not None
    assert (left.state, left.reason, left.finished_at) == ("dispatched", "moved", None)


@pytest.mark.parametrize("state", ["succeeded", "failed", "uncertain", "skipped", "cancelled", "blocked", "missed"])
def test_leave_does_not_touch_what_has_ended(state: str) -> None:
    row = plan(shop(NUDGE))["nudge"].model_copy(update={"state": state})
    assert leave(row, NUDGE, "moved", CAUSE, NOW) is None


@pytest.mark.parametrize("state", ["waiting", "dispatched"])
def test_leave_spares_what_belongs_to_the_entry_and_what_is_kept(state: str) -> None:
    keeps = rule("keeps", SMS, timing={"after": "1 day"}, keep_on_leave=True)
    for of in (rule("greet"), keeps):
        row = plan(shop(of))[of.key].model_copy(update={"state": state})
        assert leave(row, of, "moved", CAUSE, NOW) is None
