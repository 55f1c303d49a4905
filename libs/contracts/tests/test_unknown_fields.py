"""A newer writer says more, wherever it likes: an older reader understands what it knows."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from contracts.config import KINDS, Portal
from contracts.data import Part
from contracts.envelope import Envelope
from contracts.messages import BY_TYPE, TYPES
from pydantic import BaseModel

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.json"))
NEWER = "a_field_of_next_year"


def sprinkle(read: Any, written: Any) -> int:
    """Put a field that nobody knows into each part of a message, as deep as they go; give how many there are."""
    if isinstance(read, BaseModel):
        names = {
            name: field.serialization_alias or field.alias or name for name, field in type(read).model_fields.items()
        }
        inside = sum(sprinkle(getattr(read, name), written[told]) for name, told in names.items())
        written[NEWER] = {"deep": [1, None]}
        return inside + 1
    if isinstance(read, tuple):
        return sum(sprinkle(one, told) for one, told in zip(read, written, strict=True))
    if isinstance(read, dict):
        return sum(sprinkle(one, written[key]) for key, one in read.items() if isinstance(one, Part))
    return 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_fields_that_nobody_knows_are_passed_over_in_each_part_of_a_message(path: Path) -> None:
    model = BY_TYPE[path.stem]
    read = model.model_validate_json(path.read_bytes())
    newer = copy.deepcopy(json.loads(path.read_text()))
    assert sprinkle(read, newer) >= 1
    again = model.model_validate_json(json.dumps(newer))
    assert again == read
    assert NEWER not in again.model_dump_json()


def test_most_messages_have_parts_so_that_this_looks_deep() -> None:
    parts = [
        sprinkle(BY_TYPE[path.stem].model_validate_json(path.read_bytes()), json.loads(path.read_text()))
        for path in EXAMPLES
    ]
    assert max(parts) >= 5
    assert len([many for many in parts if many > 1]) >= 10


def test_a_setting_of_next_year_does_not_stop_a_service() -> None:
    assert KINDS["portal"].model_validate({"zone": "Europe/Rome", NEWER: 1}) == Portal(zone="Europe/Rome")


def test_headers_that_nobody_knows_are_passed_over() -> None:
    told = [
        *{
            "ce_id": b"0195576e-2d80-7c3a-9a51-0d6f4b1c2e01",
            "ce_type": b"x.v1",
            "ce_source": b"/x",
            "ce_subject": b"",
            "ce_time": b"2026-03-02T09:30:00+00:00",
            "ce_correlationid": b"0195576e-2d80-7c3a-9a51-0d6f4b1c2e01",
            "ce_causationid": b"0195576e-2d80-7c3a-9a51-0d6f4b1c2e01",
            "ce_hops": b"0",
            "ce_actor": b"system",
        }.items()
    ]
    assert Envelope.read([*told, ("ce_partitionkey", b"7"), ("x-hop", b"proxy")]) == Envelope.read(told)


def test_no_two_messages_have_the_same_type_and_each_says_its_version() -> None:
    assert len(BY_TYPE) == len(TYPES)
    assert all(type_.rpartition(".")[2] == "v1" for type_ in BY_TYPE)
