"""What was decided, without the noise of clocks; and how what is simulated differs from what was."""

from datetime import timedelta
from typing import Any

import pytest
from automation.simulation.differences import compare
from automation.simulation.hashing import decision_hash, decision_hashes
from automation.simulation.recorder import Effect
from automation.testing import DEAL, NOW, REF, named, rule, rules, shop
from contracts.executions import ExecutionRow, PlanNote

TEXT = {"send-sms": {"to": "contact", "text": "Hello {{ item.title }}"}}
GREET = rule("greet", TEXT)
KNOWLEDGE = shop(GREET)


def row(**parts: Any) -> ExecutionRow:
    told = {
        "id": named("execution"),
        "version": 3,
        "item": DEAL,
        "activation": 1,
        "rule": GREET.id,
        "rule_key": "greet",
        "rule_set": REF,
        "stage": "new",
        "action": "send-sms",
        "state": "succeeded",
        "due_at": NOW,
        "planned_at": NOW,
        "dispatched_at": NOW,
        "seen": {"item.title": "Sofa"},
    }
    return ExecutionRow.model_validate({**told, **parts})


NOISE = [
    {"version": 9},
    {"planned_at": NOW + timedelta(seconds=1)},
    {"dispatched_at": NOW + timedelta(seconds=1), "finished_at": NOW + timedelta(seconds=2)},
    {"cause": named("another cause")},
]
DECISIONS: list[dict[str, Any]] = [
    {"state": "failed"},
    {"reason": "why not"},
    {"due_at": NOW + timedelta(seconds=1)},
    {"seen": {"item.title": "Chair"}},
    {"results": {"id": "7"}},
    {"occurrence": "2026"},
    {"notes": (PlanNote(at=NOW, new=NOW, cause="moved"),)},
    {"rule_set": {"pipeline": "deal/retail", "number": 2}},
]


@pytest.mark.parametrize("parts", NOISE)
def test_when_it_was_looked_at_is_no_decision(parts: dict[str, Any]) -> None:
    assert decision_hash(row(**parts)) == decision_hash(row())


@pytest.mark.parametrize("parts", DECISIONS)
def test_each_part_of_a_decision_is_in_its_hash(parts: dict[str, Any]) -> None:
    assert decision_hash(row(**parts)) != decision_hash(row())


def test_the_moment_at_which_a_signal_arrived_is_the_clocks() -> None:
    arrived = {"seen": {"wait.outcome": "arrived"}}
    assert decision_hash(row(**arrived)) == decision_hash(row(**arrived, due_at=NOW + timedelta(seconds=1)))
    assert decision_hashes([row()]) == {row().id: decision_hash(row())}


def effect(at: timedelta = timedelta(), **parts: Any) -> Effect:
    told = {"execution": row().id, "item": DEAL, "rule": GREET.id, "rule_key": "greet", "stage": "new"}
    return Effect(**{"at": NOW + at, "round": 1, **told, "action": "send-sms", **parts})


@pytest.mark.parametrize(
    ("at", "real", "differs"),
    [
        (timedelta(), row(), ()),
        (timedelta(seconds=30), row(), ()),
        (timedelta(minutes=2), row(), ("another_time",)),
        (timedelta(), row(seen={"item.title": "Chair"}), ("another_text",)),
        (timedelta(), row(seen={"item.title": "Sofa", "item.amount": "7 EUR"}), ()),
        (timedelta(days=1), row(seen={}), ("another_time", "another_text")),
        (timedelta(), row(dispatched_at=None, state="skipped"), ("only_simulated",)),
        (timedelta(), None, ("only_simulated",)),
    ],
)
def test_an_effect_differs_by_its_time_and_by_what_its_text_saw(
    at: timedelta, real: ExecutionRow | None, differs: tuple[str, ...]
) -> None:
    told = {real.id: real} if real else {}
    [one] = compare([effect(at)], {row().id: row()}, told, KNOWLEDGE)
    assert one.differs == differs


def test_another_wording_of_the_rule_is_another_text() -> None:
    draft = rules(rule("greet", {"send-sms": {"to": "contact", "text": "Hi {{ item.title }}"}}), number=2)
    tried = row(rule_set={"pipeline": "deal/retail", "number": 2})
    [one] = compare([effect()], {row().id: tried}, {row().id: row()}, KNOWLEDGE.with_([draft]))
    assert one.differs == ("another_text",)


def test_what_really_happened_and_is_not_simulated_is_told_in_its_place() -> None:
    other = row(id=named("other"), dispatched_at=NOW - timedelta(hours=1))
    found = compare([effect()], {row().id: row()}, {row().id: row(), other.id: other}, KNOWLEDGE)
    assert [(one.differs, one.effect is None) for one in found] == [(("only_real",), True), ((), False)]
