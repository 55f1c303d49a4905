"""Deliveries that were kept, as people look at them, and their end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chassis.database import Transaction

from trigger_gateway.store.deliveries import Delivery

Fate = Literal["kept", "quarantined"]
Filter = Literal["", "kept", "repeated", "ignored", "quarantined"]
BRIEF = "id, source, delivery, signal, received_at, octet_length(body) AS size"
WHERE = "source = $1 AND (received_at, id) < ($2, $3) AND received_at >= $4"
NEWEST = "ORDER BY received_at DESC, id DESC LIMIT $6"
LISTED = (
    f"(SELECT {BRIEF}, repeats, 'kept' AS outcome FROM delivery WHERE {WHERE} AND ($5 IN ('', 'kept')"
    f" OR $5 = 'repeated' AND repeats > 0 OR $5 = 'ignored' AND signal IS NULL) {NEWEST})"
    f" UNION ALL (SELECT {BRIEF}, 0, 'quarantined' FROM quarantined"
    f" WHERE {WHERE} AND $5 IN ('', 'quarantined') {NEWEST}) {NEWEST}"
)
WHOLE = (
    f"SELECT {BRIEF}, repeats, 'kept' AS outcome, digest, body, headers FROM delivery WHERE source = $1 AND id = $2"
    f" UNION ALL SELECT {BRIEF}, 0, 'quarantined', digest, body, headers FROM quarantined WHERE source = $1 AND id = $2"
)
READ_AGAIN = "UPDATE delivery SET digest = $2, signal = $3, identities = $4 WHERE id = $1"
# Where they lie, so that none is looked for twice; those that somebody holds are swept the next time.
SWEPT = (
    "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table}"
    " WHERE received_at < signalbox_now() - $1::interval LIMIT $2 FOR UPDATE SKIP LOCKED))"
)


@dataclass(frozen=True, slots=True)
class Brief:
    """A delivery as a list shows it; `size` is of its body, in bytes."""

    id: UUID
    source: str
    delivery: str
    signal: UUID | None
    received_at: datetime
    size: int
    repeats: int
    outcome: Fate


@dataclass(frozen=True, slots=True)
class Whole(Brief):
    """A delivery with all that came, and the `digest` of what it told.

    It is without body and headers where a person was erased, or nothing came at all.
    """

    digest: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to read."""
        return not self.body and not self.headers


@dataclass(frozen=True, slots=True)
class Which:
    """Which deliveries of a source to list: those received before a place, and not before a moment."""

    source: str
    before: tuple[datetime, UUID]
    since: datetime
    outcome: Filter = ""


async def listed(tx: Transaction, which: Which, limit: int) -> list[Brief]:
    """List deliveries, newest first."""
    values = (which.source, *which.before, which.since, which.outcome, limit)
    return [Brief(**dict(row)) for row in await tx.fetch(LISTED, *values)]


async def whole(tx: Transaction, source: str, id_: UUID) -> Whole | None:
    """Give a delivery of a source with all that came."""
    row = await tx.fetchrow(WHOLE, source, id_)
    return None if row is None else Whole(**dict(row))


async def read_again(tx: Transaction, id_: UUID, as_now: Delivery) -> None:
    """Keep what a delivery tells as it is read now, so that a repeat is compared with that."""
    await tx.execute(READ_AGAIN, id_, as_now.digest, as_now.signal, as_now.identities)


async def forget(tx: Transaction, table: str, age: timedelta, limit: int) -> int:
    """Forget deliveries that are older than this, so many at most; give how many it were."""
    status = await tx.execute(SWEPT.format(table=table), age, limit)
    return int(status.rpartition(" ")[2])
