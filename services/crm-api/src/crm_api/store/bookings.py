"""Bookings of resources."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction

from crm_api.bookings.booking import Booking, Span

COLUMNS = "id, resource, item, lower(during) AS starts_at, upper(during) AS ends_at, note, made_by, at, cancelled_at"
# The exclusion holds whatever happens; in turn, those who come together are told apart without a deadlock.
IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('booking/' || $1, 0))"
ADD = (
    "INSERT INTO booking (id, resource, item, during, note, made_by, at)"
    " VALUES ($1, $2, $3, tstzrange($4, $5), $6, $7, $8)"
)
LOAD = f"SELECT {COLUMNS} FROM booking WHERE id = $1"
DURING = (
    f"SELECT {COLUMNS} FROM booking WHERE resource_range(resource, resource, '[]') && resource_range($1, $1, '[]')"
    " AND during && tstzrange($2, $3) AND cancelled_at IS NULL AND lower(during) > $4 ORDER BY lower(during) LIMIT $5"
)
OF_ITEM = f"SELECT {COLUMNS} FROM booking WHERE item = $1 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT $4"
MOVE = "UPDATE booking SET resource = $2, during = tstzrange($3, $4), note = $5 WHERE id = $1"
CANCEL = "UPDATE booking SET cancelled_at = $2 WHERE id = $1"
NOTES = "SELECT id, note FROM booking WHERE item = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
REWRITE = "UPDATE booking AS b SET note = u.n FROM unnest($1::uuid[], $2::text[]) AS u(i, n) WHERE b.id = u.i"
FIRST = datetime(1, 1, 1, tzinfo=UTC)


async def in_turn(tx: Transaction, resources: Collection[str]) -> None:
    """Let nobody else book these resources until the end of the transaction."""
    for resource in sorted(set(resources)):
        await tx.execute(IN_TURN, resource)


async def add(tx: Transaction, booking: Booking) -> None:
    """Add a booking of a time that is free."""
    b = booking
    await tx.execute(ADD, b.id, b.resource, b.item, b.starts_at, b.ends_at, b.note, b.made_by, b.at)


async def load(tx: Transaction, id_: UUID, *, lock: bool = False) -> Booking | None:
    """Load a booking, and lock it where it is to be changed."""
    row = await tx.fetchrow(f"{LOAD} FOR UPDATE" if lock else LOAD, id_)
    return None if row is None else Booking.model_validate(dict(row))


async def during(
    tx: Transaction, resource: str, span: Span, limit: int | None = None, after: datetime = FIRST
) -> list[Booking]:
    """Give the bookings of a resource that have a part of a time, in their order: those that begin behind a moment.

    No two of them begin at once.
    """
    return [Booking.model_validate(dict(row)) for row in await tx.fetch(DURING, resource, *span, after, limit)]


async def of_item(tx: Transaction, item: UUID, after: tuple[datetime, UUID], limit: int) -> list[Booking]:
    """Give a part of an item's bookings, cancelled ones too, in the order in which they were made."""
    return [Booking.model_validate(dict(row)) for row in await tx.fetch(OF_ITEM, item, *after, limit)]


async def move(tx: Transaction, booking: Booking) -> None:
    """Write another resource, time and note of a booking."""
    await tx.execute(MOVE, booking.id, booking.resource, booking.starts_at, booking.ends_at, booking.note)


async def cancel(tx: Transaction, id_: UUID, at: datetime) -> None:
    """Let a booking take its time no more."""
    await tx.execute(CANCEL, id_, at)


async def notes(tx: Transaction, items: Collection[UUID]) -> list[dict[str, Any]]:
    """Lock the notes of items' bookings."""
    return [dict(row) for row in await tx.fetch(NOTES, list(items))]


async def rewrite(tx: Transaction, texts: Sequence[tuple[UUID, str]]) -> None:
    """Write other notes of bookings."""
    if texts:
        await tx.execute(REWRITE, *zip(*texts, strict=True))
