"""Connections that are tried; each is kept for a week."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Transaction
from contracts.tries import ConnectionTried

from crm_api.tries import Try

Moments = list[datetime]
KEPT_FOR = timedelta(days=7)
IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest($1::text[]) AS k ORDER BY k"
OF_CONNECTION = "SELECT asked_at FROM connection_try WHERE connection = $1 AND asked_at > $2 ORDER BY asked_at"
OF_PERSON = "SELECT asked_at FROM connection_try WHERE asked_by = $1 AND asked_at > $2 ORDER BY asked_at"
COLUMNS = "id, connection, provider, draft, asked_by, asked_at, expires_at, outcome, words, account, answered_at"
ADD = f"INSERT INTO connection_try ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
FORGET = "DELETE FROM connection_try WHERE connection = $1 AND asked_at < $2"
LOAD = f"SELECT {COLUMNS} FROM connection_try WHERE id = $1 AND connection = $2"
ANSWER = (
    "UPDATE connection_try SET outcome = $2, words = $3, account = $4, answered_at = $5"
    " WHERE id = $1 AND outcome IS NULL"
)


async def lately(tx: Transaction, connection: str, person: str, since: datetime) -> tuple[Moments, Moments]:
    """Give when a connection was tried since then, and when a person tried any, after all others who do so now."""
    await tx.execute(IN_TURN, [f"try/{connection}", f"try-by/{person}"])
    of_connection = await tx.fetch(OF_CONNECTION, connection, since)
    of_person = await tx.fetch(OF_PERSON, person, since)
    return [row["asked_at"] for row in of_connection], [row["asked_at"] for row in of_person]


async def add(tx: Transaction, one: Try) -> None:
    """Add a try, and forget the old ones of the connection."""
    await tx.execute(ADD, *dict(one).values())
    await tx.execute(FORGET, one.connection, one.asked_at - KEPT_FOR)


async def load(tx: Transaction, connection: str, id_: UUID) -> Try | None:
    """Give a try of a connection."""
    row = await tx.fetchrow(LOAD, id_, connection)
    return None if row is None else Try.model_validate(dict(row))


async def answer(tx: Transaction, told: ConnectionTried) -> None:
    """Keep what a try came to; the first answer counts."""
    await tx.execute(ANSWER, told.id, told.outcome, told.words, told.account, told.at)
