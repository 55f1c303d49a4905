"""Items and rows of executions as JSON: what their classes dump, written faster, but for what is as by default."""

from collections.abc import Callable
from typing import Any

import msgspec
from pydantic import BaseModel

from contracts.executions import EffectSeen, ExecutionRow, PlanNote
from contracts.items import Item, Link
from contracts.rules import RuleSetRef


def struct_of(part: type[BaseModel]) -> Callable[..., msgspec.Struct]:
    """Make a struct with the fields and defaults of a model."""
    fields: list[Any] = []
    for name, field in part.model_fields.items():
        default = {} if field.is_required() else {"default": field.get_default(call_default_factory=True)}
        fields.append((name, Any, msgspec.field(**default)))
    return msgspec.defstruct(part.__name__, fields, kw_only=True, omit_defaults=True, gc=False)


# Their fields stand in the JSON under their own names, in their order.
PLAIN = (EffectSeen, ExecutionRow, Item, Link, PlanNote, RuleSetRef)
# Structs of the same fields, which leave out what is as by default while they are written.
STRUCTS: dict[type, Callable[..., msgspec.Struct]] = {part: struct_of(part) for part in (ExecutionRow, Item)}


def document_of(part: Item | ExecutionRow) -> bytes:
    """Write an item or a row; what only pydantic knows how to write in it, pydantic writes.

    What is as by default is left out: it would be stored for every execution, and is read back the same.
    """
    try:
        return _write(STRUCTS[type(part)](**part.__dict__))
    except (TypeError, ValueError, OverflowError):
        return part.model_dump_json().encode()


def _fields(part: object) -> dict[str, object]:
    if type(part) in PLAIN:  # `isinstance` asks the metaclass
        return part.__dict__
    raise TypeError(f"{type(part).__name__} is not written here")


_write = msgspec.json.Encoder(enc_hook=_fields).encode
