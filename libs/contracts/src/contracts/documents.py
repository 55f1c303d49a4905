"""Items and rows of executions as JSON: the same that their classes dump, in a third of the time."""

import msgspec

from contracts.executions import EffectSeen, ExecutionRow, PlanNote
from contracts.items import Item, Link
from contracts.rules import RuleSetRef

# Their fields stand in the JSON under their own names, in their order, and none is left out.
PLAIN = (EffectSeen, ExecutionRow, Item, Link, PlanNote, RuleSetRef)


def document_of(part: Item | ExecutionRow) -> bytes:
    """Write an item or a row; what only pydantic knows how to write in it, pydantic writes."""
    try:
        return _write(part.__dict__)
    except (TypeError, ValueError, OverflowError):
        return part.model_dump_json().encode()


def _fields(part: object) -> dict[str, object]:
    if isinstance(part, PLAIN):
        return part.__dict__
    raise TypeError(f"{type(part).__name__} is not written here")


_write = msgspec.json.Encoder(enc_hook=_fields).encode
