"""What becomes of a row that is due."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.dispatching import Closed, Decision, Held, Perform, Postponed, decide
from automation.knowledge import Knowledge
from automation.lateness import CatchUp
from automation.planning import plan_entry
from automation.testing import CAUSE, NOW, at, contact, deal, entry, facts, record, rule, shop
from automation.wall_times import read_zone
from contracts.config import ConfigChanged
from contracts.executions import ExecutionRow
from contracts.items import Item
from contracts.rules import Rule


def due(
    of: Rule,
    *,
    now: datetime | None = None,
    item: Item | None = None,
    extra: tuple[ConfigChanged, ...] = (),
    row: dict[str, Any] | None = None,
) -> tuple[ExecutionRow, Decision]:
    """Plan a rule at entry and decide it when it is due, or at `now`, on the item as it is then."""
    knowledge = shop(of, extra=extra)
    (planned,) = plan_entry(entry(deal(to=(contact(),)), contact()), shop(of), CAUSE, NOW)
    planned = planned.model_copy(update=row or {})
    seen = item or deal(to=(contact(),), amount="900 EUR")
    known = facts(seen, contact(), knowledge=knowledge)
    return planned, decide(planned, of, known, knowledge, now or planned.due_at or NOW)


def closed(of: Rule, **parts: Any) -> ExecutionRow:
    """Decide a rule that ends without an effect, and give its row."""
    planned, decision = due(of, **parts)
    assert isinstance(decision, Closed)
    assert decision.row.version == planned.version + 1
    assert decision.row.finished_at is not None
    return decision.row


SMS = {"send-sms": {"text": "Hello {{ contact.name }}"}}
LARGE = rule("large", SMS, when={"field": "item.amount", "greater": "1000 EUR"})


def test_dispatched_row_keeps_what_was_seen() -> None:
    planned, decision = due(rule("it", SMS, when={"field": "item.amount", "smaller": "1000 EUR"}))
    assert isinstance(decision, Perform)
    row = decision.row
    assert (row.state, row.version, row.dispatched_at) == ("dispatched", planned.version + 1, NOW)
    assert row.seen["item.version"] == 7
    assert row.seen["item.amount"] == "900 EUR"
    assert row.seen["contact.name"] == "Maria"
    assert row.seen["contact.phone"] == "+351912345678"
    assert (row.id, row.item, row.rule) == (planned.id, planned.item, planned.rule)


@pytest.mark.req("C2")
def test_false_condition_skips_with_the_values_seen() -> None:
    row = closed(LARGE)
    assert row.state == "skipped"
    assert row.reason == "condition is false: item.amount is 900 EUR, must be greater than 1000 EUR"
    assert row.seen == {"item.amount": "900 EUR", "item.version": 7}


def test_unknown_condition_skips_and_is_never_silently_false() -> None:
    row = closed(rule("usd", SMS, when={"field": "item.amount", "greater": "1000 USD"}))
    assert row.state == "skipped"
    assert row.reason.startswith("unknown: item.amount is 900 EUR, must be greater than 1000 USD (no rate between")


def test_empty_placeholder_fails_with_its_name() -> None:
    row = closed(rule("it", {"send-sms": {"text": "Deliver on {{ item.delivery }}"}}))
    assert row.state == "failed"
    assert row.reason == "placeholder {{ item.delivery }} has no value; give it a default or fill the field"
    assert row.seen["item.delivery"] is None


def test_text_that_explodes_fails_with_words() -> None:
    row = closed(rule("it", {"send-sms": {"text": "{% for a in (1..99999999) %}x{% endfor %}"}}))
    assert (row.state, "cannot be rendered" in row.reason) == ("failed", True)


def test_missing_reach_is_left_to_the_worker_to_record() -> None:
    _, decision = due(rule("it", {"send-sms": {"text": "hello"}}), item=deal())
    assert isinstance(decision, Perform)
    assert decision.action.recipients[0].missing == "the item has no contact"


def test_condition_sees_the_item_as_it_is_when_due() -> None:
    _, decision = due(LARGE, item=deal(to=(contact(),), amount="5000 EUR", version=12))
    assert isinstance(decision, Perform)
    assert decision.row.seen["item.version"] == 12


@pytest.mark.parametrize(("scope", "of"), [("rule", str(LARGE.id)), ("pipeline", "deal/retail"), ("all", "")])
def test_paused_row_stays_as_it_is(scope: str, of: str) -> None:
    planned, decision = due(LARGE, extra=(record("pause", f"{scope}/{of}", {"scope": scope, "of": of}),))
    assert decision == Held(planned)


NUDGE = rule("nudge", SMS, timing={"after": "1 day"})
DUE = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("catch_up", "late", "runs"),
    [
        (None, timedelta(hours=23), True),
        (None, timedelta(days=1, minutes=2), False),
        ("run", timedelta(days=400), True),
        ("skip", timedelta(seconds=20), True),
        ("skip", timedelta(minutes=2), False),
        ("run_if_late_by_at_most 2 hours", timedelta(hours=2), True),
        ("run_if_late_by_at_most 2 hours", timedelta(hours=2, minutes=2), False),
    ],
)
def test_too_late_is_missed(catch_up: str | None, late: timedelta, *, runs: bool) -> None:
    of = rule("nudge", SMS, timing={"after": "1 day"}, catch_up=catch_up)
    _, decision = due(of, now=DUE + late)
    assert isinstance(decision, Perform) is runs
    if not runs:
        assert decision.row.state == "missed"
        assert decision.row.reason.startswith("too late: it was due at 2026-03-03 10:00:00 UTC")


def test_what_is_no_message_runs_however_late() -> None:
    of = rule("task", {"create-task": {"title": "Call"}}, timing={"after": "1 day"})
    _, decision = due(of, now=DUE + timedelta(days=30))
    assert isinstance(decision, Perform)
    assert decision.action.expires_at is None


def test_worker_learns_until_when_it_may_run() -> None:
    _, decision = due(NUDGE)
    assert isinstance(decision, Perform)
    assert (decision.action.due_at, decision.action.of_entry) == (DUE, False)
    assert decision.action.expires_at == DUE + timedelta(days=1, minutes=1)


def test_late_execution_waits_for_the_next_working_moment() -> None:
    of = rule("office", SMS, timing={"after": "2 hours", "working_time": "portal"})
    planned, decision = due(of, now=at("2026-03-02T20:00"))
    assert isinstance(decision, Postponed)
    assert (decision.row.state, decision.row.due_at, decision.row.version) == ("waiting", at("2026-03-03T09:00"), 2)
    assert decision.row.notes[-1].old == planned.due_at
    in_time, punctual = due(of)
    assert isinstance(punctual, Perform)
    assert in_time.due_at == at("2026-03-02T12:00")


def test_item_that_left_meanwhile_gets_nothing_unless_the_rule_is_kept_or_of_the_entry() -> None:
    gone = deal(to=(contact(),), stage="paid", activation=2)
    row = closed(NUDGE, item=gone)
    assert (row.state, row.reason) == ("cancelled", "left the stage before it was due")
    kept = rule("kept", SMS, timing={"after": "1 day"}, keep_on_leave=True)
    assert isinstance(due(kept, item=gone)[1], Perform)
    assert isinstance(due(rule("greet", SMS), item=gone)[1], Perform)


def test_deleted_item_gets_nothing() -> None:
    row = closed(rule("greet", SMS), item=deal(deleted=True))
    assert (row.state, row.reason) == ("cancelled", "item_deleted")


def test_stand_in_is_noted_on_the_row() -> None:
    of = rule("task", {"create-task": {"title": "Call"}})
    away = record("person", "ann", {"id": "ann", "name": "Ann", "active": False, "deputy": "eva"})
    _, decision = due(of, extra=(away,))
    assert isinstance(decision, Perform)
    assert decision.row.notes[-1].cause == "Ann is inactive: Eva, the deputy, stands in"


def test_rule_that_cannot_be_read_fails_in_words() -> None:
    of = rule("odd", {"send-pigeon": {}})
    row = closed(of, row={"due_at": NOW, "state": "waiting"})
    assert (row.state, row.reason) == ("failed", "the rule cannot be read: do: unknown action 'send-pigeon'")


def test_round_of_a_retry_is_carried_on() -> None:
    _, decision = due(rule("it", SMS), row={"round": 3, "version": 9})
    assert isinstance(decision, Perform)
    assert (decision.action.round, decision.row.round, decision.row.version) == (3, 3, 10)


def test_earlier_results_are_in_texts() -> None:
    of = rule("mail", {"send-sms": {"text": "{{ results.contract.url }}"}})
    knowledge: Knowledge = shop(of)
    (row,) = plan_entry(entry(deal(to=(contact(),)), contact()), knowledge, CAUSE, NOW)
    results = {"contract": {"url": "https://shop.example/d/1"}}
    known = facts(deal(to=(contact(),)), contact(), knowledge=knowledge, results=results)
    decision = decide(row, of, known, knowledge, NOW)
    assert isinstance(decision, Perform)
    assert decision.action.params == {"text": "https://shop.example/d/1"}
    assert decision.row.seen["results.contract.url"] == "https://shop.example/d/1"


@pytest.mark.parametrize("written", ["sometimes", "run_if_late_by_at_most", "run_if_late_by_at_most soon", ""])
def test_unknown_catch_up_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"unknown|is not an interval"):
        CatchUp.read(written, is_message=True)


def test_late_by_a_day_is_a_day_of_the_zone() -> None:
    before_spring = at("2026-03-28T12:00")
    expires = CatchUp.read(None, is_message=True).expires_at(before_spring, read_zone("Europe/Lisbon"))
    assert expires == at("2026-03-29T11:01")
