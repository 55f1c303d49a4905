"""The secret links of people's calendars, kept by their hashes."""

from datetime import datetime

from chassis.database import Transaction

PUT = (
    "INSERT INTO calendar_link (person, hash, made_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, made_at = excluded.made_at"
)
MADE_AT = "SELECT made_at FROM calendar_link WHERE person = $1"
PERSON = "SELECT person FROM calendar_link WHERE hash = $1"
REMOVE = "DELETE FROM calendar_link WHERE person = $1"


async def put(tx: Transaction, person: str, hash_: str, at: datetime) -> None:
    """Give a person a link; the one before it leads nowhere any more."""
    await tx.execute(PUT, person, hash_, at)


async def made_at(tx: Transaction, person: str) -> datetime | None:
    """Give when a person's link was made; None where they have none."""
    found: datetime | None = await tx.fetchval(MADE_AT, person)
    return found


async def person_of(tx: Transaction, hash_: str) -> str | None:
    """Give whose link this is."""
    found: str | None = await tx.fetchval(PERSON, hash_)
    return found


async def remove(tx: Transaction, person: str) -> None:
    """Let a person have no link."""
    await tx.execute(REMOVE, person)
