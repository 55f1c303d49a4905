"""The structs of the hottest path are the same JSON as the classes that everybody else uses."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from contracts import hot
from contracts.actions import PerformAction, Recipient
from contracts.dumps import document_of
from contracts.envelope import Cause
from contracts.executions import Dispatch, ExecutionRow, ExecutionRows
from contracts.items import Item, ItemStageChanged, Link
from contracts.rules import RuleSetRef
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


ID = UUID("0190b5a0-7a3c-7000-8000-000000000001")
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FULL_ITEM = Item.model_validate(example(ItemStageChanged)["item"])
FULL_ROW = ExecutionRow.model_validate(example(ExecutionRows)["rows"][0])
SHORT_ITEM = Item(id=ID, type="deal", version=1, entered_at=AT, created_at=AT)
SHORT_ROW = ExecutionRow(
    id=ID,
    version=1,
    item=ID,
    activation=0,
    rule=ID,
    rule_key="r",
    rule_set=RuleSetRef(pipeline="deal/retail", number=1),
    stage="new",
    action="send-sms",
    state="waiting",
    planned_at=AT,
)
RAW = {"rule_set", "notes"}


@pytest.mark.parametrize("item", [FULL_ITEM, SHORT_ITEM, SHORT_ITEM.model_copy(update={"deleted": True})])
def test_a_stored_item_from_which_what_is_empty_was_left_out_is_read_as_it_is(item: Item) -> None:
    read, known = hot.read_item(document_of(item)), item.model_dump(mode="json")
    told = msgspec.to_builtins(read)
    assert told == {name: known[name] for name in told} | {"links": told["links"]}
    assert [(link.role, link.type, link.id) for link in read.links] == [
        (link.role, link.type, str(link.id)) for link in item.links
    ]
    assert read.linked("contact") == (str(item.linked("contact")) if item.links else None)
    assert read.linked("nobody") is None


@pytest.mark.parametrize("row", [FULL_ROW, SHORT_ROW, SHORT_ROW.model_copy(update={"round": 3, "occurrence": "2026"})])
def test_a_stored_row_from_which_what_is_empty_was_left_out_is_read_as_it_is(row: ExecutionRow) -> None:
    read, known = hot.read_row(document_of(row)), row.model_dump(mode="json")
    for name in set(read.__struct_fields__) - RAW:
        value = getattr(read, name)
        assert (value.isoformat() if isinstance(value, datetime) else value) == (
            getattr(row, name).isoformat() if isinstance(value, datetime) else known[name]
        )
    assert RuleSetRef.model_validate_json(bytes(read.rule_set)) == row.rule_set
    assert len(json.loads(bytes(read.notes))) == len(row.notes)


@pytest.mark.parametrize(("struct", "model"), PAIRS, ids=lambda one: one.__name__)
def test_what_a_struct_takes_for_granted_its_class_does_too(
    struct: type[msgspec.Struct], model: type[BaseModel]
) -> None:
    for field in msgspec.structs.fields(struct):
        if field.required:
            continue
        given = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        theirs = model.model_fields[field.name].get_default(call_default_factory=True)
        plain = json.loads(bytes(given)) if isinstance(given, msgspec.Raw) else given
        assert (list(plain) if isinstance(plain, tuple) else plain) == (
            list(theirs) if isinstance(theirs, tuple) else theirs
        )


def test_a_cause_that_says_only_where_it_comes_from_is_read() -> None:
    cause = Cause(ID, ID)
    read = hot.read_cause(json.dumps({"correlation": str(ID), "causation": str(ID)}))
    assert (read.hops, read.actor, read.traceparent) == (cause.hops, cause.actor, cause.traceparent)
