"""What firing reads and writes of plain dispatches, as the text that is stored; each in one statement for a batch."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from chassis.columns import BETWEEN, places, split
from chassis.database import Transaction

# Whoever dispatches holds the item alone: what one rule of it sets, the next must see. Nobody is waited for, so that
# the order does not matter. The execution is locked too, or it would be read as it was before a leave that has just
# let go of the item; after the item, as they are named, so that nobody holds one whose item another holds.
HOLD = (
    "SELECT e.ctid::text AS place, e.id, e.item::text, e.doc, e.cause, c.doc AS copy, c.unread, c.changed_at"
    " FROM execution AS e JOIN item_copy AS c ON c.id = e.item WHERE e.id = ANY($1::uuid[])"
    " FOR NO KEY UPDATE OF c, e SKIP LOCKED"
)
COPIES = "SELECT id::text, doc FROM item_copy WHERE id = ANY(string_to_array($1, ',')::uuid[]) AND doc IS NOT NULL"
# What is held is where it was found.
DISPATCH = (
    "UPDATE execution AS e SET state = 'dispatched', version = e.version + 1, dispatched = u.told"
    f" FROM unnest($1::text::tid[], {split('$2')}) AS u(place, told) WHERE e.ctid = u.place"
)


class Held(msgspec.Struct, gc=False):
    """An execution and the copy of its item, as they are stored; nobody else changes them now."""

    place: str
    id: UUID
    item: str
    doc: str
    cause: str
    copy: str | None
    unread: int | None
    changed_at: datetime | None


async def hold(tx: Transaction, executions: Sequence[UUID]) -> list[Held]:
    """Hold these executions and their items, but for those that somebody changes now."""
    return [Held(*row) for row in await tx.fetch(HOLD, executions)]


async def copies(tx: Transaction, ids: Collection[str]) -> dict[str, str]:
    """Give what is known of these items, without a lock."""
    return {row["id"]: row["doc"] for row in await tx.fetch(COPIES, ",".join(ids))} if ids else {}


def dispatch(tx: Transaction, rows: Sequence[tuple[Held, bytes]]) -> None:
    """Write beside rows that are held what their dispatch makes of them, as JSON; at the end of the transaction."""
    if rows:
        told = BETWEEN.encode().join([told for _, told in rows])
        tx.at_the_end(DISPATCH, places([held.place for held, _ in rows]), told.decode())
