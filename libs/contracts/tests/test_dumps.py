"""Items and rows are the same JSON, whoever writes them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest
from contracts.dumps import PLAIN, document_of
from contracts.executions import EffectSeen, ExecutionRow, PlanNote
from contracts.ids import ROOT, derived
from contracts.items import Item, Link
from contracts.rules import RuleSetRef
from hypothesis import given, settings
from hypothesis import strategies as st

ID = UUID("0190b5a0-7a3c-7000-8000-000000000001")
MOMENTS = [
    datetime(2026, 3, 1, 9, tzinfo=UTC),
    datetime(2026, 3, 1, 9, 0, 0, 120, tzinfo=UTC),
    datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=5, minutes=30))),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def item(at: datetime, fields: Mapping[str, Any]) -> Item:
    """Make an item with these fields."""
    link = Link(role="contact", type="contact", id=ID)
    return Item(id=ID, type="deal", version=2, entered_at=at, created_at=at, fields=dict(fields), links=(link,))


def row(at: datetime, seen: Mapping[str, Any]) -> ExecutionRow:
    """Make a row that saw this."""
    return ExecutionRow(
        id=ID,
        version=3,
        item=ID,
        activation=1,
        rule=ID,
        rule_key="r",
        rule_set=RuleSetRef(pipeline="deal/retail", number=1),
        stage="new",
        action="send-sms",
        state="dispatched",
        notes=(PlanNote(at=at, cause="two days after entry — è così"),),
        seen=dict(seen),
        effects=(EffectSeen(id=ID, whom="contact", state="confirmed", version=1, at=at),),
        planned_at=at,
    )


@settings(max_examples=60, deadline=None)
@given(at=st.sampled_from(MOMENTS), values=st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_written_is_what_the_class_dumps_but_for_what_is_as_by_default(
    at: datetime, values: dict[str, Any]
) -> None:
    for part in (item(at, values), row(at, values)):
        written, dumped = json.loads(document_of(part)), json.loads(part.model_dump_json())
        left_out = dumped.keys() - written.keys()
        assert written == {name: value for name, value in dumped.items() if name not in left_out}
        assert all(
            getattr(part, n) == type(part).model_fields[n].get_default(call_default_factory=True) for n in left_out
        )
        assert {"deleted", "reason"} & left_out
        assert type(part).model_validate_json(document_of(part)) == part


@pytest.mark.parametrize("value", [2**80, Decimal("1.50"), float("nan"), {"a": ID}, Link(role="r", type="t", id=ID)])
def test_values_that_no_json_has_are_written_alike(value: object) -> None:
    part = row(MOMENTS[0], {"value": value})
    assert json.loads(document_of(part))["seen"] == json.loads(part.model_dump_json())["seen"]


def test_no_field_has_another_name_in_json() -> None:
    fields = [field for part in PLAIN for field in part.model_fields.values()]
    assert not [field for field in fields if field.alias or field.serialization_alias or field.exclude]


def test_derived_ids_are_those_of_the_standard() -> None:
    assert derived("execution", ID, 1, "è") == uuid5(ROOT, f"execution\x1f{ID}\x1f1\x1fè")
