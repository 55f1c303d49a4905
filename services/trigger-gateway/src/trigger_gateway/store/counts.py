"""How often each source was taken in or refused, why, and when last."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from chassis.database import Transaction

ADD = (
    "INSERT INTO door_count (source, outcome, reason, count, last_at)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])"
    " ON CONFLICT (source, outcome, reason) DO UPDATE SET count = door_count.count + excluded.count,"
    " last_at = greatest(door_count.last_at, excluded.last_at)"
)
LISTED = "SELECT source, outcome, reason, count, last_at FROM door_count WHERE source = $1 ORDER BY outcome, reason"


@dataclass(frozen=True, slots=True)
class Count:
    """So many of one outcome, for one reason."""

    source: str
    outcome: str
    reason: str
    count: int
    last_at: datetime


async def add(tx: Transaction, counts: Sequence[Count]) -> None:
    """Add to what was counted before; in the order of the keys, so that writers never wait in a ring."""
    await tx.execute(ADD, *zip(*map(astuple, counts), strict=True))


async def of_source(tx: Transaction, source: str) -> list[Count]:
    """Give the counts of a source."""
    return [Count(**dict(row)) for row in await tx.fetch(LISTED, source)]
