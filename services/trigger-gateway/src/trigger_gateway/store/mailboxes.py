"""Where the reading of each mailbox stands, and the letters that could not be read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.database import Transaction

LOCKS = 7_003
TAKE = "SELECT pg_try_advisory_lock($1, hashtext($2))"
# Where the server numbers anew, or it is another folder, all is looked at again; what is kept is known by its id.
BEGIN = (
    "INSERT INTO mailbox (source, folder, validity, last, again, began_at, read_at)"
    " VALUES ($1, $2, $3, $4, 0, $6, signalbox_now())"
    " ON CONFLICT (source) DO UPDATE SET folder = excluded.folder, validity = excluded.validity,"
    " read_at = excluded.read_at,"
    " last = CASE WHEN mailbox.validity = $3 AND mailbox.folder = $2 THEN mailbox.last ELSE 0 END,"
    " again = CASE WHEN mailbox.validity = $3 AND mailbox.folder = $2 THEN mailbox.again ELSE $5 END"
    " RETURNING last, again, began_at"
)
ADVANCE = "UPDATE mailbox SET last = greatest(last, $3) WHERE source = $1 AND validity = $2"
SET_ASIDE = (
    "INSERT INTO unread_letter (source, validity, uid, reason, raw, received_at)"
    " VALUES ($1, $2, $3, $4, $5, signalbox_now()) ON CONFLICT DO NOTHING"
)
FORGET = "DELETE FROM unread_letter WHERE received_at < signalbox_now() - interval '30 days'"


@dataclass(frozen=True, slots=True)
class Progress:
    """The last letter that was read; up to `again` they may have been read before; `began_at` is in real time."""

    last: int
    again: int
    began_at: datetime


async def take(connection: Any, source: str) -> bool:
    """Take a mailbox for as long as this connection lasts, where no other process has it."""
    return bool(await connection.fetchval(TAKE, LOCKS, source))


async def is_held(connection: Any) -> bool:
    """Say whether the connection still lasts, and with it what it took."""
    return bool(await connection.fetchval("SELECT true", timeout=10))


async def begin(
    tx: Transaction, source: str, folder: str, validity: int, *, last: int, newest: int, at: datetime
) -> Progress:
    """Begin to read, or go on: `last` holds for a mailbox that is new here, `newest` is what is there now."""
    row = await tx.fetchrow(BEGIN, source, folder, validity, last, newest, at)
    assert row is not None  # noqa: S101  an upsert always gives its row
    return Progress(**dict(row))


async def advance(tx: Transaction, source: str, validity: int, uid: int) -> None:
    """Note that a letter was read."""
    await tx.execute(ADVANCE, source, validity, uid)


async def set_aside(tx: Transaction, place: tuple[str, int, int], reason: str, raw: bytes) -> None:
    """Keep a letter that could not be read for thirty days; `place` is source, validity and number."""
    await tx.execute(SET_ASIDE, *place, reason, raw)
    await tx.execute(FORGET)
