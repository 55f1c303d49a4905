"""Reminders; their moments are timers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from chassis.timers import Timer, drop_timers, set_timers

from crm_api.activities.reminder import LANE, Reminder, ReminderState

COLUMNS = "id, item, activity, people, text, lead, at, state, created_at, created_by"
ADD = (
    f"INSERT INTO reminder ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " ON CONFLICT (id) DO NOTHING RETURNING id"
)
LOAD = f"SELECT {COLUMNS} FROM reminder WHERE id = $1 FOR UPDATE"
LOCK = (
    f"SELECT {COLUMNS} FROM reminder WHERE id = ANY($1::uuid[]) AND state = 'planned' ORDER BY id"
    " FOR UPDATE SKIP LOCKED"
)
STILL = "SELECT id FROM reminder WHERE id = ANY($1::uuid[]) AND state = 'planned'"
OF_ACTIVITY = f"SELECT {COLUMNS} FROM reminder WHERE activity = $1 ORDER BY id FOR UPDATE"
CLOSE = "UPDATE reminder SET state = $2 WHERE id = ANY($1::uuid[])"
MOVE = "UPDATE reminder SET at = $2, people = $3, state = 'planned' WHERE id = $1"
OWN = (
    f"SELECT {COLUMNS} FROM reminder WHERE people @> ARRAY[$1] AND state = 'planned' AND (at, id) > ($2, $3)"
    " ORDER BY at, id LIMIT $4"
)
OF_ITEMS = "SELECT id, text FROM reminder WHERE item = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
REWRITE = "UPDATE reminder AS r SET text = u.t FROM unnest($1::uuid[], $2::text[]) AS u(i, t) WHERE r.id = u.i"


async def plan(tx: Transaction, one: Reminder) -> bool:
    """Add a reminder with its timer; gives False for an id that is there already."""
    told = (one.id, one.item, one.activity, list(one.people), one.text, one.lead, one.at, one.state)
    if await tx.fetchval(ADD, *told, one.created_at, one.created_by) is None:
        return False
    await set_timers(tx, LANE, [Timer(one.id, one.at)])
    return True


async def load(tx: Transaction, id_: UUID) -> Reminder | None:
    """Load and lock a reminder."""
    row = await tx.fetchrow(LOAD, id_)
    return None if row is None else Reminder.model_validate(dict(row))


async def lock_planned(tx: Transaction, ids: Collection[UUID]) -> list[Reminder]:
    """Lock those of these reminders that are planned; what another holds is left to it."""
    return [Reminder.model_validate(dict(row)) for row in await tx.fetch(LOCK, list(ids))]


async def still_planned(tx: Transaction, ids: Collection[UUID]) -> set[UUID]:
    """Give those of these reminders that are planned, as far as this transaction sees."""
    return {row["id"] for row in await tx.fetch(STILL, list(ids))}


async def of_activity(tx: Transaction, activity: UUID) -> list[Reminder]:
    """Lock the reminders of an activity."""
    return [Reminder.model_validate(dict(row)) for row in await tx.fetch(OF_ACTIVITY, activity)]


async def move(tx: Transaction, id_: UUID, at: datetime, people: Sequence[str]) -> None:
    """Plan a locked reminder for another moment, whether it has fired or not, and other people."""
    await tx.execute(MOVE, id_, at, list(people))
    await set_timers(tx, LANE, [Timer(id_, at)])


async def close(tx: Transaction, ids: Collection[UUID], state: ReminderState) -> None:
    """End locked reminders."""
    if ids:
        await tx.execute(CLOSE, list(ids), state)


async def cancel(tx: Transaction, ids: Collection[UUID]) -> None:
    """Cancel locked reminders, with their timers."""
    await close(tx, ids, "cancelled")
    drop_timers(tx, LANE, list(ids))


async def own(tx: Transaction, person: str, after: tuple[datetime, UUID], limit: int) -> list[Reminder]:
    """Give a part of what somebody will be reminded of, the next first."""
    return [Reminder.model_validate(dict(row)) for row in await tx.fetch(OWN, person, *after, limit)]


async def of_items(tx: Transaction, items: Collection[UUID]) -> list[dict[str, Any]]:
    """Lock the reminders of items."""
    return [dict(row) for row in await tx.fetch(OF_ITEMS, list(items))]


async def rewrite(tx: Transaction, texts: Sequence[tuple[UUID, str]]) -> None:
    """Write other texts of reminders."""
    if texts:
        await tx.execute(REWRITE, *zip(*texts, strict=True))
