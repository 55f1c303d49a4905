"""The copy of the workers' list of addresses that are written to no more."""

from collections.abc import Iterable
from datetime import datetime

from chassis.database import Transaction
from contracts.data import Part
from contracts.suppressions import SuppressionChanged, SuppressionKind, Way

COLUMNS = "address, way, kind, reason, since"
PUT = (
    f"INSERT INTO suppression ({COLUMNS}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (address) DO UPDATE"
    " SET way = excluded.way, kind = excluded.kind, reason = excluded.reason, since = excluded.since"
)
DROP = "DELETE FROM suppression WHERE address = $1"
LOAD = f"SELECT {COLUMNS} FROM suppression WHERE address = $1"
PART = (
    f"SELECT {COLUMNS} FROM suppression WHERE (since, address) < ($1, $2) AND ($3 = '' OR kind = $3)"
    " AND ($4 = '' OR way = $4) ORDER BY since DESC, address DESC LIMIT $5"
)
Place = tuple[datetime, str]


class Suppression(Part):
    """One address that is written to no more, by its fingerprint."""

    address: str
    way: Way
    kind: SuppressionKind
    reason: str
    since: datetime


async def follow(tx: Transaction, told: Iterable[SuppressionChanged]) -> None:
    """Keep what the workers tell of their list, in its order."""
    for one in told:
        if one.suppressed:
            await tx.execute(PUT, one.address, one.way, one.kind, one.reason, one.since)
        else:
            await tx.execute(DROP, one.address)


async def load(tx: Transaction, address: str) -> Suppression | None:
    """Give what is known of an address, by its fingerprint."""
    row = await tx.fetchrow(LOAD, address)
    return None if row is None else Suppression.model_validate(dict(row))


async def part(tx: Transaction, before: Place, kind: str, way: str, limit: int) -> list[Suppression]:
    """Give a part of the list, newest first; an empty kind or way means any."""
    return [Suppression.model_validate(dict(row)) for row in await tx.fetch(PART, *before, kind, way, limit)]
