"""The lines that changes write into an item's timeline, beside the rows of its rules."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.ids import new_id
from contracts.data import JsonObject


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to an item; `kind` is `created`, `moved`, `changed`, `deleted`, `signal`, or a note's."""

    item: UUID
    at: datetime
    kind: str
    body: JsonObject
    id: UUID = field(default_factory=new_id)
