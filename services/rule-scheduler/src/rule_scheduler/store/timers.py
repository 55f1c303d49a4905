"""The timers of what is held back."""

from datetime import datetime
from uuid import UUID

from chassis.database import Transaction

from rule_scheduler.store.noticing import NOTICED

# What is later than this hardly comes after all: it is held, or has nobody who takes it.
LATE = (
    "SELECT EXISTS (SELECT FROM timer WHERE lane = $1"
    " AND due_at BETWEEN $2::timestamptz - interval '1 minute' AND $2::timestamptz - interval '1 second')"
)
WAIT = "SELECT count(*) >= $2 FROM (SELECT FROM timer WHERE lane = $1 LIMIT $2) AS found"
RESUME = (
    "WITH held AS (SELECT id FROM timer WHERE lane = $1 AND payload = 'held' AND id > $3 ORDER BY id LIMIT $4),"
    " free AS (SELECT id FROM timer WHERE lane = $1 AND payload = 'held' AND id = ANY(ARRAY(SELECT id FROM held))"
    " FOR UPDATE SKIP LOCKED),"
    " resumed AS (UPDATE timer SET due_at = $2, payload = '' WHERE lane = $1 AND id = ANY(ARRAY(SELECT id FROM free)))"
    " SELECT id FROM held ORDER BY id OFFSET $4::int - 1"
)
NUMBER = f"SELECT {NOTICED}::text::bigint"
ENDED = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $1"


async def resume(tx: Transaction, lane: str, now: datetime, after: UUID, limit: int) -> UUID | None:
    """Let the next of what is held be looked at now, and give the last of them, None where there are no more.

    What somebody is looking at is left to them.
    """
    last: UUID | None = await tx.fetchval(RESUME, lane, now, after, limit)
    return last


async def number(tx: Transaction) -> int:
    """Give the number of this transaction; who has a higher one begins to write, and to read, after it."""
    return int(await tx.fetchval(NUMBER))


async def all_ended_before(tx: Transaction, number: int) -> bool:
    """Say whether all transactions before this one that write have ended."""
    return bool(await tx.fetchval(ENDED, number))


async def wait(tx: Transaction, lane: str, many: int) -> bool:
    """Say whether so many timers of a lane are set."""
    return bool(await tx.fetchval(WAIT, lane, many))


async def is_late(tx: Transaction, lane: str, now: datetime) -> bool:
    """Say whether any timer that came due lately has not been taken for a second."""
    return bool(await tx.fetchval(LATE, lane, now))
