"""How executions end, and what follows for the rule after them."""

from datetime import timedelta
from typing import Any, get_args

import pytest
from automation.planning import plan_entry, replan
from automation.settling import OPEN, previous, release, settle
from automation.testing import CAUSE, NOW, REF, deal, entry, record, rule, shop
from contracts.executions import PENDING, ExecutionRow, ExecutionState
from contracts.outcomes import EffectState
from contracts.rules import Rule
from hypothesis import given
from hypothesis import strategies as st

STATES: tuple[EffectState, ...] = get_args(EffectState)

SETTLED = [
    (["sent"], "succeeded"),
    (["confirmed"], "succeeded"),
    (["bounced"], "succeeded"),
    (["sent", "skipped"], "succeeded"),
    (["sent", "failed", "uncertain"], "failed"),
    (["sent", "uncertain", "skipped"], "uncertain"),
    (["skipped", "skipped"], "skipped"),
    (["cancelled", "skipped"], "cancelled"),
    (["cancelled", "sent"], "succeeded"),
    (["missed"], "missed"),
    ([], "skipped"),
]


@pytest.mark.parametrize(("states", "end"), SETTLED)
def test_execution_ends_as_its_effects_did(states: list[EffectState], end: str) -> None:
    assert settle(states, len(states)) == end


@given(st.lists(st.sampled_from(STATES), min_size=1), st.integers(0, 3))
def test_execution_settles_only_when_every_effect_has_answered(states: list[EffectState], more: int) -> None:
    settled = settle(states, len(states) + more)
    assert (settled is None) is (more > 0 or any(state in OPEN for state in states))
    assert settled == settle(states[::-1], len(states) + more)


FIRST = rule("first")


def rows(of: Rule, **parts: Any) -> tuple[ExecutionRow, ExecutionRow]:
    """Plan a rule and the one after it; the first becomes what `parts` say."""
    first, second = plan_entry(entry(deal()), shop(FIRST, of), CAUSE, NOW)
    return first.model_copy(update=parts), second


def after(interval: str = "0 minutes", **options: Any) -> Rule:
    """Make a rule that follows the one before it."""
    return rule("second", timing={"after_previous": interval, **options})


FITTING = [
    ("succeeded", "succeeded", True),
    ("succeeded", "failed", False),
    ("succeeded", "skipped", False),
    ("succeeded", "cancelled", False),
    ("succeeded", "missed", False),
    ("succeeded", "blocked", False),
    ("finished", "succeeded", True),
    ("finished", "skipped", True),
    ("finished", "failed", False),
    ("failed", "failed", True),
    ("failed", "succeeded", False),
]


@pytest.mark.parametrize(("on_previous", "state", "runs"), FITTING)
def test_end_of_the_rule_before_releases_or_blocks(on_previous: str, state: ExecutionState, *, runs: bool) -> None:
    second = after("1 day", on_previous=on_previous)
    ended = NOW + timedelta(hours=3)
    before, row = rows(second, state=state, finished_at=ended, reason="no phone")
    released = release(before, row, second, shop(FIRST, second), ended + timedelta(minutes=1))
    assert released is not None
    assert released.version == 2
    if runs:
        assert (released.state, released.due_at) == ("waiting", ended + timedelta(days=1))
    else:
        assert released.state == "blocked"
        assert released.reason.startswith(f"the rule before it, first, is {state} (no phone)")


@pytest.mark.parametrize("state", sorted(PENDING))
def test_rule_waits_while_the_one_before_it_is_open_or_uncertain(state: ExecutionState) -> None:
    before, row = rows(after(), state=state)
    assert release(before, row, after(), shop(), NOW) is None


@pytest.mark.parametrize("on_previous", ["succeeded", "finished", "failed"])
def test_rule_waits_while_nobody_knows_whether_the_condition_of_the_one_before_it_holds(on_previous: str) -> None:
    second = after(on_previous=on_previous)
    before, row = rows(second, state="skipped", finished_at=NOW, reason="unknown: no rate", seen={"item.version": 7})
    assert release(before, row, second, shop(FIRST, second), NOW) is None


def test_retry_that_succeeds_later_releases_what_was_blocked_once() -> None:
    before, row = rows(after(), state="failed", finished_at=NOW)
    blocked = release(before, row, after(), shop(), NOW)
    assert blocked is not None
    assert release(before, blocked, after(), shop(), NOW) is None
    retried = before.model_copy(update={"state": "succeeded", "finished_at": NOW + timedelta(hours=1)})
    released = release(retried, blocked, after(), shop(), NOW + timedelta(hours=1))
    assert released is not None
    assert (released.state, released.reason, released.due_at) == ("waiting", "", NOW + timedelta(hours=1))
    assert release(retried, released, after(), shop(), NOW) is None


def test_released_row_is_planned_anew_from_the_end_of_the_rule_before_it() -> None:
    second = after("2 hours", working_time="portal")
    before, row = rows(second, state="succeeded", finished_at=NOW)
    released = release(before, row, second, shop(), NOW)
    assert released is not None
    assert released.due_at == NOW + timedelta(hours=2)
    hours = {"id": "portal", "zone": "Europe/Lisbon", "weekly": {"0": [["11:00", "18:00"]]}}
    changed = shop(extra=(record("calendar", "portal", hours),))
    again = replan(released, second, deal(), (), changed, NOW, "calendar changed")
    assert again is not None
    assert again.due_at == NOW + timedelta(hours=3)
    assert replan(again, second, deal(), (), changed, NOW, "again") is None


def test_past_release_is_skipped_where_the_rule_says_so() -> None:
    second = after("1 hour", if_past="skip")
    before, row = rows(second, state="succeeded", finished_at=NOW)
    released = release(before, row, second, shop(), NOW + timedelta(days=1))
    assert released is not None
    assert released.state == "skipped"


def test_neighbours_are_the_enabled_rules_beside_it() -> None:
    follows = after()
    knowledge = shop(FIRST, rule("off", enabled=False), follows, rule("third"))
    assert previous(follows, REF, "new", knowledge) == FIRST
    assert previous(FIRST, REF, "new", knowledge) is None
    assert previous(rule("fourth"), REF, "new", knowledge) is None


@pytest.mark.parametrize(("told", "late"), [(timedelta(hours=1), False), (timedelta(hours=3), True)])
def test_what_an_answer_that_came_late_lets_run_says_that_it_runs_late(told: timedelta, *, late: bool) -> None:
    of = after("1 hour")
    first, second = rows(of, state="succeeded", finished_at=NOW)
    released = release(first, second, of, shop(FIRST, of), NOW + told)
    assert released is not None
    assert released.due_at == NOW + timedelta(hours=1)
    assert ("it runs late" in released.notes[-1].cause) is late
