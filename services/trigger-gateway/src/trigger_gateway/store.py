"""All SQL of the gateway."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from contracts.config import Erasure

KEEP = (
    "INSERT INTO delivery (id, source, delivery, digest, signal, body, headers, received_at, identities)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (source, delivery) DO NOTHING RETURNING id"
)
REPEAT = "UPDATE delivery SET repeats = repeats + 1 WHERE source = $1 AND delivery = $2 AND digest = $3 RETURNING id"
QUARANTINE = (
    "INSERT INTO quarantined (id, source, delivery, digest, signal, body, headers, received_at, identities)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (source, delivery, digest) DO NOTHING"
)

# What came after the erasure is of a person who came back. The digest stays: a repeat is known by it.
ERASE = (
    "UPDATE {table} SET body = '', headers = '{{}}' WHERE received_at <= $4"
    " AND (identities && $1::text[] OR persons && $2::uuid[] OR signal = ANY($3::uuid[]))"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as it came; `digest` is over what it tells, normalised, `identities` are keyed hashes."""

    id: UUID
    source: str
    delivery: str
    digest: str
    signal: UUID | None
    body: bytes
    headers: dict[str, str]
    received_at: datetime
    identities: tuple[str, ...]

    def values(self) -> tuple[object, ...]:
        """Give the values in the order of the columns."""
        came = (self.id, self.source, self.delivery, self.digest, self.signal, self.body, self.headers)
        return (*came, self.received_at, self.identities)


async def keep(tx: Transaction, delivery: Delivery) -> bool:
    """Keep a delivery and say whether it is the first under its id; waits for one that is just being kept."""
    return await tx.fetchval(KEEP, *delivery.values()) is not None


async def count_repeat(tx: Transaction, delivery: Delivery) -> bool:
    """Count a repeat of the first delivery under this id, and say whether that one told the same."""
    return await tx.fetchval(REPEAT, delivery.source, delivery.delivery, delivery.digest) is not None


async def quarantine(tx: Transaction, delivery: Delivery) -> None:
    """Set aside a delivery that tells something else under an id that is taken; each content once."""
    await tx.execute(QUARANTINE, *delivery.values())


async def erase(tx: Transaction, erased: Erasure) -> None:
    """Forget what deliveries told of a person."""
    for table in ("delivery", "quarantined"):
        statement = ERASE.format(table=table)
        await tx.execute(statement, erased.identities, [erased.contact], erased.signals, erased.at)
