"""The structs of the hottest path are the same JSON as the classes that everybody else uses."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from contracts import hot
from contracts.actions import PerformAction, Recipient
from contracts.envelope import Cause
from contracts.executions import Dispatch, ExecutionRow, ExecutionRows
from contracts.items import Item, ItemStageChanged, Link
from pydantic import BaseModel

EXAMPLES = Path(__file__).parents[1] / "examples"
PAIRS: list[tuple[type[msgspec.Struct], type[BaseModel]]] = [
    (hot.HotItem, Item),
    (hot.HotLink, Link),
    (hot.HotRow, ExecutionRow),
    (hot.HotDispatch, Dispatch),
    (hot.HotAction, PerformAction),
    (hot.HotRecipient, Recipient),
]
NOT_READ = {
    "HotItem": {"incomplete"},
    "HotRow": {
        *("rule_key", "stage", "position", "action", "reason", "cause", "results", "effects"),
        *("planned_at", "dispatched_at", "finished_at"),
    },
}


def example(kind: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / f"{kind.TYPE}.json").read_text())
    return found


@pytest.mark.parametrize(("struct", "model"), PAIRS, ids=lambda one: one.__name__)
def test_a_struct_has_the_fields_of_its_class_in_their_order(
    struct: type[msgspec.Struct], model: type[BaseModel]
) -> None:
    left_out = NOT_READ.get(struct.__name__, set())
    assert list(struct.__struct_fields__) == [name for name in model.model_fields if name not in left_out]


def test_a_dispatch_is_written_as_its_class_writes_it() -> None:
    told = Dispatch.model_validate(example(ExecutionRows)["dispatched"][0]).model_dump_json()
    assert hot.write(msgspec.json.decode(told, type=hot.HotDispatch)).decode() == told


def test_an_item_is_read_as_it_is() -> None:
    item = Item.model_validate(example(ItemStageChanged)["item"])
    read = msgspec.to_builtins(hot.read_item(item.model_dump_json()))
    assert read == item.model_dump(mode="json", exclude=NOT_READ["HotItem"]) | {"links": tuple(read["links"])}


def test_an_action_is_written_as_its_class_writes_it() -> None:
    action = PerformAction.model_validate(example(PerformAction)).model_dump_json()
    assert hot.write(msgspec.json.decode(action, type=hot.HotAction)).decode() == action


def test_a_cause_has_the_fields_of_its_class() -> None:
    assert hot.HotCause.__struct_fields__ == tuple(Cause.__slots__)
