"""A timeline in words for people."""

from datetime import UTC, datetime
from typing import Any, get_args
from uuid import uuid4

import pytest
from automation.triggers import Why
from contracts.executions import ExecutionRow, ExecutionState
from contracts.rules import RuleSetRef
from crm_api.executions.telling import STATES, WHY_NOT, told

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def line(kind: str, /, **body: Any) -> dict[str, Any]:
    return {"id": uuid4(), "at": AT, "kind": kind, "body": body}


def rule(**more: Any) -> dict[str, Any]:
    row = ExecutionRow.model_validate(
        {
            "id": uuid4(),
            "version": 4,
            "item": uuid4(),
            "activation": 2,
            "rule": uuid4(),
            "rule_key": "greet",
            "rule_set": RuleSetRef(pipeline="deal/retail", number=1),
            "stage": "new",
            "action": "send-sms",
            "state": "succeeded",
            "planned_at": AT,
            **more,
        }
    )
    return line("rule", **row.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (line("created", stage="new", actor="user:ann"), "created in new by user:ann"),
        (line("created", why="form.submitted from site"), "created: form.submitted from site"),
        (
            line("moved", **{"from": "new", "to": "paid", "actor": "system", "why": "trigger pays"}),
            "moved from new to paid by system: trigger pays",
        ),
        (line("changed", changes={"amount": {"old": "1 EUR", "new": "2 EUR"}}), "changed: amount 1 EUR → 2 EUR"),
        (line("deleted", actor="user:ann"), "deleted by user:ann"),
        (line("signal", kind="visit", moved=True), "visit arrived and moved it"),
        (
            line("signal", kind="visit", moved=False, why_not="no_trigger"),
            "visit arrived and moved nothing: no trigger fits",
        ),
        (
            line("signal", kind="visit", moved=False, why_not="settling, condition_false"),
            "visit arrived and moved nothing: a trigger waits until it is quiet, its condition does not hold",
        ),
        (
            line("settling", trigger="asks", stage="new", on="visit", quiet="30 seconds", at_most="5 minutes"),
            "trigger asks to new waits until it is quiet for 30 seconds, at most 5 minutes",
        ),
        (
            line("settled", trigger="asks", stage="new", on="visit", signals=20),
            "it was quiet after 20 signals visit: trigger asks to new was weighed on them",
        ),
        (
            line("settled", trigger="asks", stage="new", on="visit", signals=1, gone=True),
            "it was quiet after 1 signal visit, and the trigger that waited for it is gone",
        ),
        (
            line("not_chosen", trigger="asks", stage="new", why="earlier_stage"),
            "trigger asks to new was not chosen: its stage is earlier than the present one",
        ),
        (
            line("repeated", signal_kind="payment.received", source="stripe"),
            "payment.received from stripe was delivered again; nothing happened",
        ),
        (line("quarantined", signal_kind="visit"), "visit came again with another content; it was put aside"),
        (line("loop", to="new"), "not moved to new: too many automated moves follow from one cause"),
        (line("unread", field="fields.amount", problem="no"), "fields.amount was left empty: no"),
        (line("something_new"), "something new"),
    ],
)
def test_each_line_says_what_happened(stored: dict[str, Any], words: str) -> None:
    assert told(stored).words == words


def test_a_line_names_its_actor_its_stage_and_its_reason() -> None:
    row = told(line("moved", **{"from": "new", "to": "paid", "actor": "user:ann", "why": "by hand"}))
    assert (row.actor, row.stage, row.reason) == ("user:ann", "paid", "by hand")


def test_a_rule_says_where_it_stands_and_why() -> None:
    row = told(rule(state="cancelled", reason="the item left for paid"))
    assert row.words == "greet: cancelled (the item left for paid)"
    assert (row.state, row.stage, row.rule, row.activation) == ("cancelled", "new", "greet", 2)


def test_a_rule_that_waits_says_until_when() -> None:
    assert told(rule(state="waiting", due_at=AT)).words == "greet: waits until 2026-03-02 10:00:00 UTC"


@pytest.mark.parametrize("state", get_args(ExecutionState))
def test_every_state_of_a_rule_has_words(state: str) -> None:
    assert state in STATES


@pytest.mark.parametrize("why", get_args(Why))
def test_every_reason_of_a_trigger_has_words(why: str) -> None:
    assert why in WHY_NOT
