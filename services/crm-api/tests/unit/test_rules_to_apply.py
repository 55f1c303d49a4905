"""Rules applied to what stands in a stage: how many items go together, which rules are meant, what is counted."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from automation.knowledge import Knowledge
from automation.testing import NOW
from contracts.executions import ExecutionRow
from contracts.rules import RuleSetRef
from crm_api.fields import FieldError
from crm_api.rules.applying import CHUNK, Application, rule_set_of, rules_by_key
from crm_api.rules.pipelines import WrittenPipeline
from crm_api.rules.trying import AT_ONCE, Tried, outcome
from crm_api.simulation.simulating import LONGEST, check_window

PIPELINE = "deal/retail"
CALL = {"create-task": {"to": "responsible", "title": "Call"}}
STAGES: list[dict[str, Any]] = [
    {"key": "new", "rules": [{"key": "a", "do": CALL}, {"key": "off", "do": CALL, "enabled": False}]},
    {"key": "paid", "rules": [{"key": "b", "do": CALL}]},
    {"key": "lost"},
]
DOCUMENT = WrittenPipeline.model_validate({"stages": STAGES})
OLD = DOCUMENT.model_copy(update={"stages": DOCUMENT.stages[1:]})
KNOWLEDGE = Knowledge(
    pipelines={PIPELINE: DOCUMENT.as_pipeline(PIPELINE, 2)},
    rule_sets={
        (PIPELINE, 1): OLD.as_rule_set(PIPELINE, 1, "user:ann"),
        (PIPELINE, 2): DOCUMENT.as_rule_set(PIPELINE, 2, "user:ann"),
    },
)


@pytest.mark.parametrize(
    ("per_second", "size"),
    [(None, CHUNK), (0.002, 1), (1, 1), (7.9, 1), (8, 2), (40, 10), (799, 199), (800, CHUNK), (1000, CHUNK)],
)
def test_items_go_together_four_times_a_second_and_at_least_one(per_second: float | None, size: int) -> None:
    assert Application(pipeline=PIPELINE, stage="new", per_second=per_second).size == size


def test_rules_are_those_that_hold_for_new_entries() -> None:
    assert rule_set_of(KNOWLEDGE, PIPELINE) == RuleSetRef(pipeline=PIPELINE, number=2)
    [stage] = [one for one in KNOWLEDGE.rule_sets[PIPELINE, 2].stages if one.stage == "new"]
    assert rules_by_key(KNOWLEDGE, PIPELINE, "new", ["a"]) == (stage.rules[0].id,)
    assert rules_by_key(KNOWLEDGE, PIPELINE, "lost", []) == ()


@pytest.mark.parametrize(
    ("pipeline", "stage", "keys", "field", "fix"),
    [
        (PIPELINE, "new", ["a", "off"], "rules.1", "use one of: a"),
        (PIPELINE, "new", ["b"], "rules.0", "use one of: a"),
        (PIPELINE, "moon", [], "stage", "use one of: lost, new, paid"),
        ("deal/moon", "new", [], "pipeline", "use one of: deal/retail"),
        ("lead/retail", "new", [], "pipeline", "use one of: "),
    ],
)
def test_what_is_not_there_or_is_switched_off_is_refused(
    pipeline: str, stage: str, keys: list[str], field: str, fix: str
) -> None:
    with pytest.raises(FieldError) as error:
        rules_by_key(KNOWLEDGE, pipeline, stage, keys)
    assert (error.value.field, error.value.fix) == (field, fix)


def row(**more: Any) -> ExecutionRow:
    told = {"id": uuid4(), "version": 1, "item": uuid4(), "activation": 1, "rule": uuid4(), "rule_key": "a"}
    where = {"rule_set": RuleSetRef(pipeline=PIPELINE, number=2), "stage": "new", "action": "create-task"}
    return ExecutionRow.model_validate({**told, **where, "state": "waiting", "planned_at": NOW, **more})


SOON = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        ({"due_at": NOW}, AT_ONCE),
        ({"due_at": NOW - SOON}, AT_ONCE),
        ({"due_at": NOW + SOON}, "waiting"),
        ({}, "waiting"),
        ({"state": "skipped", "due_at": NOW - SOON}, "skipped"),
        ({"state": "waiting_for_date", "due_at": NOW - SOON}, "waiting_for_date"),
    ],
)
def test_at_once_is_what_waits_and_is_due(planned: dict[str, Any], said: str) -> None:
    assert outcome(row(**planned), NOW) == said


def test_the_last_moment_is_that_of_what_would_wait_in_whatever_order_it_comes() -> None:
    tried = Tried()
    tried.note("a", "skipped", NOW + timedelta(days=9))
    assert tried.last_due_at is None
    for days in (2, 3, 1):
        tried.note("a", "waiting", NOW + timedelta(days=days))
    tried.note("b", AT_ONCE, NOW + timedelta(days=8))
    tried.note("b", "waiting")
    assert tried.last_due_at == NOW + timedelta(days=3)
    assert tried.outcomes == {"skipped": 1, "waiting": 4, AT_ONCE: 1}
    assert tried.by_rule == {"a": {"skipped": 1, "waiting": 3}, "b": {AT_ONCE: 1, "waiting": 1}}


def test_a_window_that_ends_now_and_is_as_long_as_can_be_is_simulated() -> None:
    check_window(NOW - LONGEST, NOW, NOW)
    check_window(NOW - SOON, NOW, NOW)


@pytest.mark.parametrize(
    ("begin", "end", "field", "words"),
    [
        (NOW, NOW, "to", "after `from`"),
        (NOW, NOW - SOON, "to", "after `from`"),
        (NOW - SOON, NOW + SOON, "to", "not come yet"),
        (NOW - LONGEST - SOON, NOW, "from", "longer than 92 days"),
    ],
)
def test_a_window_that_cannot_be_simulated_says_which_end_is_wrong(
    begin: Any, end: Any, field: str, words: str
) -> None:
    with pytest.raises(FieldError) as error:
        check_window(begin, end, NOW)
    assert error.value.field == field
    assert words in error.value.problem
