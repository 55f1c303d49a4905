"""What was told of executions, put together in whatever order it comes."""

import itertools
from datetime import UTC, datetime
from uuid import UUID

import pytest
from contracts.executions import Dispatch, ExecutionRow, ExecutionRows, latest
from contracts.rules import RuleSetRef

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ID = UUID(int=7)


def row(version: int, state: str) -> ExecutionRow:
    return ExecutionRow.model_validate(
        {
            "id": ID,
            "version": version,
            "item": UUID(int=1),
            "activation": 1,
            "rule": UUID(int=2),
            "rule_key": "greet",
            "rule_set": RuleSetRef(pipeline="deal/retail", number=1),
            "stage": "new",
            "action": "send-sms",
            "state": state,
            "reason": "held",
            "planned_at": AT,
        }
    )


PLANNED = ExecutionRows(rows=(row(1, "waiting"),))
SENT = ExecutionRows(dispatched=(Dispatch(id=ID, version=2, at=AT, seen={"version": 4}),))
ENDED = ExecutionRows(rows=(row(3, "succeeded"),))


def test_a_dispatch_changes_what_it_names_and_nothing_else() -> None:
    told, left = latest([PLANNED, SENT])
    made = {"state": "dispatched", "version": 2, "dispatched_at": AT, "seen": {"version": 4}, "reason": ""}
    assert told == {ID: PLANNED.rows[0].model_copy(update=made)}
    assert left == {}


@pytest.mark.parametrize("messages", list(itertools.permutations([PLANNED, SENT, ENDED])), ids=range(6))
def test_the_highest_version_holds_in_any_order(messages: tuple[ExecutionRows, ...]) -> None:
    assert latest([*messages, *messages]) == ({ID: ENDED.rows[0]}, {})


@pytest.mark.parametrize("messages", list(itertools.permutations([PLANNED, SENT])), ids=range(2))
def test_a_row_that_comes_again_does_not_undo_its_dispatch(messages: tuple[ExecutionRows, ...]) -> None:
    assert latest([*messages, PLANNED])[0][ID].state == "dispatched"


def test_a_dispatch_alone_is_left_for_who_has_its_row() -> None:
    assert latest([SENT]) == ({}, {ID: SENT.dispatched[0]})
