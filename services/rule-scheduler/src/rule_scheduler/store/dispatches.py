"""What firing reads and writes of plain dispatches, as the text that is stored; each in one statement for a batch."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.database import Transaction

# Whoever dispatches holds the item alone: what one rule of it sets, the next must see. Nobody is waited for, so that
# the order does not matter.
HOLD = (
    "SELECT id, unread, changed_at, doc FROM item_copy"
    " WHERE id = ANY(ARRAY(SELECT item FROM execution WHERE id = ANY($1::uuid[]))) FOR NO KEY UPDATE SKIP LOCKED"
)
EXECUTIONS = "SELECT id, item, doc, cause FROM execution WHERE id = ANY($1::uuid[])"
COPIES = "SELECT id, doc FROM item_copy WHERE id = ANY($1::uuid[]) AND doc IS NOT NULL"
DISPATCH = (
    "UPDATE execution AS e SET state = 'dispatched', version = u.version, doc = u.doc"
    " FROM unnest($1::uuid[], $2::int[], $3::text[]) AS u(id, version, doc)"
    " WHERE e.id = u.id AND e.version < u.version"
)


class Held(NamedTuple):
    """The copy of an item that nobody else changes now."""

    id: UUID
    unread: int | None
    changed_at: datetime | None
    doc: str | None


class Stored(NamedTuple):
    """An execution as it is stored."""

    id: UUID
    item: UUID
    doc: str
    cause: str


async def hold(tx: Transaction, executions: Sequence[UUID]) -> list[Held]:
    """Hold the copies of the items of these executions, but for those that somebody changes now."""
    return [Held._make(row) for row in await tx.fetch(HOLD, executions)]


async def load(tx: Transaction, executions: Sequence[UUID]) -> list[Stored]:
    """Give these executions; only behind the hold on their items they are what they stay."""
    return [Stored._make(row) for row in await tx.fetch(EXECUTIONS, executions)]


async def copies(tx: Transaction, ids: Collection[str]) -> dict[str, str]:
    """Give what is known of these items, without a lock."""
    return {str(row["id"]): row["doc"] for row in await tx.fetch(COPIES, list(ids))} if ids else {}


def dispatch(tx: Transaction, rows: Iterable[tuple[UUID, int, str]]) -> None:
    """Write what is dispatched now; at the end of the transaction."""
    columns = tuple(zip(*rows, strict=True))
    if columns:
        tx.at_the_end(DISPATCH, *columns)
