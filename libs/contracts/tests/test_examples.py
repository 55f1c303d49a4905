"""What we write is exactly what the examples show, and every example ever published stays readable."""

import json
from pathlib import Path

import pytest
from contracts.messages import BY_TYPE, TYPES

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_written_exactly_as_it_was_read(path: Path) -> None:
    model = BY_TYPE[path.stem]
    read = model.model_validate_json(path.read_bytes())
    assert json.loads(read.model_dump_json()) == json.loads(path.read_text())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_reader_tolerates_fields_that_it_does_not_know(path: Path) -> None:
    model = BY_TYPE[path.stem]
    newer = json.loads(path.read_text()) | {"a_field_of_next_year": {"deep": [1]}}
    assert model.model_validate(newer) == model.model_validate_json(path.read_bytes())


def test_every_type_has_an_example() -> None:
    assert {path.stem for path in EXAMPLES} == {model.TYPE for model in TYPES}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_messages_are_frozen(path: Path) -> None:
    read = BY_TYPE[path.stem].model_validate_json(path.read_bytes())
    field = next(iter(type(read).model_fields))
    with pytest.raises(ValueError, match="frozen"):
        setattr(read, field, None)
