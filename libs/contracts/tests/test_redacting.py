"""What is left of messages of an erased person names nobody, and still says what became of what."""

from pathlib import Path
from uuid import UUID

import pytest
from contracts.actions import PerformAction
from contracts.commands import ApplySignal, ItemCommand
from contracts.data import Data
from contracts.executions import ExecutionRows
from contracts.items import ItemEvent, ItemStageChanged
from contracts.messages import BY_TYPE
from contracts.redacting import MARKS, redacted
from contracts.signals import Signal

EXAMPLES = Path(__file__).parents[1] / "examples"
ANA = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e02")
WORDS = ("Ana", "+351912345678", "ana@example.com")


def example(type_: str) -> Data:
    return BY_TYPE[type_].model_validate_json((EXAMPLES / f"{type_}.json").read_bytes())


@pytest.mark.parametrize("type_", sorted(BY_TYPE))
def test_no_message_names_an_erased_person_any_more(type_: str) -> None:
    left = redacted(example(type_), frozenset({ANA}))
    told = left.model_dump_json() if left else ""
    assert [word for word in WORDS if word in told] == []


@pytest.mark.parametrize("type_", ["signal.received.v1", "crm.command.apply-signal.v1"])
def test_a_signal_of_an_erased_person_is_dropped(type_: str) -> None:
    assert isinstance(example(type_), Signal | ApplySignal)
    assert redacted(example(type_), frozenset({ANA})) is None


def test_an_entry_of_an_item_that_links_to_the_person_is_still_an_entry() -> None:
    event = example(ItemStageChanged.TYPE)
    assert isinstance(event, ItemStageChanged)
    left = redacted(event, frozenset({ANA}))
    assert isinstance(left, ItemStageChanged)
    assert (left.item, left.from_stage, left.rule_set) == (event.item, event.from_stage, event.rule_set)
    assert [(one.id, one.version, one.fields) for one in left.linked if one.id == ANA] == [(ANA, 1, {})]


def test_the_persons_own_record_keeps_its_place_alone() -> None:
    event = example("crm.item.changed.v1")
    assert isinstance(event, ItemEvent)
    left = redacted(event, frozenset({event.item.id}))
    assert isinstance(left, ItemEvent)
    assert (left.item.title, left.item.fields, left.changed) == ("", {}, {})
    assert (left.item.version, left.item.links) == (event.item.version, event.item.links)


def test_an_action_reaches_nobody_and_says_why_so_that_its_execution_ends() -> None:
    action = example(PerformAction.TYPE)
    assert isinstance(action, PerformAction)
    left = redacted(action, frozenset({ANA}))
    assert isinstance(left, PerformAction)
    assert (left.execution, left.round, left.params) == (action.execution, action.round, {})
    assert [(one.whom, one.missing) for one in left.recipients] == [
        (one.whom, "the person was erased") for one in action.recipients
    ]


def test_an_execution_keeps_its_state_and_its_moments() -> None:
    rows = example(ExecutionRows.TYPE)
    assert isinstance(rows, ExecutionRows)
    left = redacted(rows, frozenset({ANA}))
    assert isinstance(left, ExecutionRows)
    for before, after in zip(rows.rows, left.rows, strict=True):
        assert (after.id, after.version, after.state, after.due_at) == (
            before.id, before.version, before.state, before.due_at
        )  # fmt: skip
        assert (after.seen.keys() - MARKS, after.results) == (set(), {})
    assert [(one.id, one.version, one.at, one.seen.keys() - MARKS) for one in left.dispatched] == [
        (one.id, one.version, one.at, set()) for one in rows.dispatched
    ]


@pytest.mark.parametrize("type_", [t for t, model in sorted(BY_TYPE.items()) if issubclass(model, ItemCommand)])
def test_a_command_still_names_its_execution_and_its_item(type_: str) -> None:
    command = example(type_)
    left = redacted(command, frozenset({ANA}))
    assert isinstance(command, ItemCommand)
    assert isinstance(left, ItemCommand)
    assert (left.execution, left.round, left.item) == (command.execution, command.round, command.item)
