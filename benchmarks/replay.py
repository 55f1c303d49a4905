"""The statements of one move as crm-api sends them, as a script that pgbench plays and as values for a bare route."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

STAGES = ("left", "right")
VARIABLE = re.compile(r":(?=[A-Za-z_])")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its values as asyncpg got them."""

    query: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """Writes statements for pgbench: `item` becomes the item of the turn, ids made by the move new ones each time."""

    item: UUID
    known: frozenset[UUID]
    stage: str

    def write(self, statements: Sequence[Statement], items: int) -> str:
        """Give the script; items have the ids that `item_id` gives for 1 to `items`."""
        begin = [f"\\set n random(1, {items})", "\\set s random(0, 1)", "BEGIN;"]
        return "\n".join([*begin, *(self.statement(one) for one in statements), "COMMIT;", ""])

    def statement(self, one: Statement) -> str:
        """Give one statement with its values in place."""
        query = one.query
        for n in range(len(one.values), 0, -1):
            query = query.replace(f"${n}", self.literal(one.values[n - 1]))
        return " ".join(query.split()) + ";"

    def literal(self, value: Any) -> str:
        """Give a value as SQL."""
        if isinstance(value, list | tuple):
            return f"ARRAY[{', '.join(map(self.literal, value))}]"
        if isinstance(value, UUID):
            return self._id(value)
        if value == self.stage:
            return "(CASE WHEN :s = 0 THEN 'left' ELSE 'right' END)"
        return plain(value)

    def _id(self, value: UUID) -> str:
        if value == self.item:
            return f"(('{ITEM_ID}' || lpad(:n::text, 12, '0'))::uuid)"
        return quoted(str(value)) if value in self.known else "gen_random_uuid()"


ITEM_ID = "00000000-0000-7000-8000-"


def item_id(n: int) -> UUID:
    """Give the id of the n-th item."""
    return UUID(f"{ITEM_ID}{n:012d}")


def plain(value: Any) -> str:
    """Give a value that is the same in each turn as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float | Decimal):
        return str(value).lower()
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    if isinstance(value, datetime):
        return quoted(value.isoformat())
    return quoted(value if isinstance(value, str) else json.dumps(value, default=str))


def quoted(text: str) -> str:
    """Give a text as SQL; cut behind a colon, lest pgbench reads `:null` as one of its variables."""
    parts = (part.replace("'", "''") for part in VARIABLE.split(text))
    return "('" + ":' || '".join(parts) + "')"
