"""Whose turn it is in a simulation: as it was then, and on from there."""

from typing import Any

import pytest
from automation.knowledge import Knowledge
from contracts.commands import AssignItem
from contracts.data import JsonObject
from contracts.envelope import Cause
from contracts.ids import derived
from contracts.items import Item
from contracts.people import TURNS
from crm_api.simulation.circles import Circles
from crm_api.simulation.commands import Done, carry_out
from crm_api.simulation.record import MemoryRecord
from crm_api.simulation.turn import Turn
from crm_api.testing import recorded
from crm_api.testing.month import BEGIN, PIPELINE

OWNER = "system"
PEOPLE = ["eva", "mara", "rui"]


@pytest.fixture
def record() -> MemoryRecord:
    """Give a record of two deals."""
    record = MemoryRecord()
    record.knowledge = Knowledge.of(recorded.config())
    turn = opened(record)
    for n in (1, 2):
        bare = {"version": 0, "entered_at": BEGIN, "created_at": BEGIN}
        item = Item.model_validate({"id": derived("deal", n), "type": "deal", "pipeline": PIPELINE, **bare})
        turn.make(item, record.knowledge.pipelines[PIPELINE], "new")
    turn.announce()
    return record


def opened(record: MemoryRecord) -> Turn:
    root = derived("cause", "root")
    return Turn(record, Circles(), Cause(root, root), BEGIN)


def assigned(record: MemoryRecord, n: int, results: JsonObject, to: str, **among: Any) -> Done:
    """Carry out the assignment of a deal, of which history has these results."""
    told = {"execution": derived("execution", n), "rule": derived("rule", 1), "owner": OWNER, "config": 1}
    command = AssignItem.model_validate({"item": derived("deal", n), **told, "to": to, "among": among or None})
    turn = opened(record)
    done = carry_out(turn, command, results, {OWNER})
    turn.announce()
    return done


def test_after_who_had_the_turn_then_it_is_the_next_ones(record: MemoryRecord) -> None:
    assert assigned(record, 1, {"id": "mara"}, "round-robin", people=PEOPLE).results["id"] == "mara"
    assert assigned(record, 2, {}, "round-robin", people=PEOPLE).results["id"] == "rui"


@pytest.mark.parametrize("way", TURNS)
def test_who_is_not_among_those_of_a_draft_does_not_have_the_turn_again(record: MemoryRecord, way: str) -> None:
    assert assigned(record, 1, {"id": "mara"}, way, people=["eva"]).results["id"] == "eva"


def test_who_is_named_by_a_draft_is_meant_whoever_it_was_then(record: MemoryRecord) -> None:
    assert assigned(record, 1, {"id": "mara"}, "eva").results == {"id": "eva", "name": "Eva"}
