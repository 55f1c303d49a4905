"""The columns of a list, and what an item shows in them."""

from collections.abc import Sequence
from typing import Any

from automation.knowledge import Knowledge
from contracts.items import Item

from crm_api.fields import FieldError

MOST_COLUMNS = 100
# What every item shows, beside its fields.
COMMON = ("title", "responsible", "id", "pipeline", "stage", "version", "created_at", "entered_at", "incomplete")


def check_columns(knowledge: Knowledge, type_: str, columns: Sequence[str]) -> None:
    """Refuse columns that items of a type do not have; raises `FieldError`."""
    known = {*COMMON, *knowledge.fields(type_)}
    for n, name in enumerate(columns):
        if name not in known:
            fix = f"use one of: {', '.join(sorted(known))}"
            raise FieldError(f"columns.{n}", f"type {type_!r} has no field {name[:100]!r}", fix)
    if len(columns) > MOST_COLUMNS:
        raise FieldError("columns", f"these are {len(columns)} columns", f"send at most {MOST_COLUMNS}")


def value(knowledge: Knowledge, item: Item, column: str) -> Any:
    """Give what an item shows in a column; under a role that it links by, the first item that it leads to."""
    field = knowledge.fields(item.type).get(column)
    if field is None:
        return getattr(item, column)
    return item.linked(column) if field.kind == "link" else item.fields.get(column)
