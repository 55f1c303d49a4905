"""People who were erased: their tombstones in each service, and what is left of data about them that comes later.

A person who comes back after the erasure is a new one: only what was said before it is emptied or dropped.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.config import Erasure
from contracts.redacting import redacted

from chassis import telemetry
from chassis.database import Transaction
from chassis.received import Received

ALONE = "SELECT pg_advisory_xact_lock(23717)"
ENTOMB = (
    "INSERT INTO tombstone (name, erased_at) SELECT n, $2 FROM unnest($1::text[]) AS n"
    " ON CONFLICT (name) DO UPDATE SET erased_at = greatest(tombstone.erased_at, excluded.erased_at)"
)
TOMBSTONES = "SELECT name, erased_at FROM tombstones($1::text[])"


async def alone(tx: Transaction) -> None:
    """Wait until nobody handles a message that names people, and let nobody begin to until the commit."""
    await tx.execute(ALONE)


async def entomb(tx: Transaction, erased: Erasure) -> None:
    """Leave a person's tombstones; what is being handled of theirs is waited for, what comes later sees them."""
    await alone(tx)
    await tx.execute(ENTOMB, [str(erased.contact), *erased.identities], erased.at)


async def spared(tx: Transaction, group: str, batch: Sequence[Received]) -> Sequence[Received]:
    """Give a batch without what it tells of erased people: emptied where the rest matters, else left out; counted."""
    names = {name for received in batch for name in names_of(received)}
    if not names:
        return batch
    stones = {row["name"]: row["erased_at"] for row in await tx.fetch(TOMBSTONES, sorted(names))}
    if not stones:
        return batch
    kept = (emptied(group, received, stones) for received in batch)
    return [received for received in kept if received is not None]


def names_of(received: Received) -> tuple[str, ...]:
    """Give under which names people may have tombstones of whom a record tells."""
    return (*map(str, received.envelope.persons), *received.envelope.identities)


def emptied(group: str, received: Received, stones: dict[str, datetime]) -> Received | None:
    """Give a record as it may be handled; None where nothing of it may."""
    said = received.envelope.time
    gone = [name for name in names_of(received) if name in stones and said <= stones[name]]
    if not gone:
        return received
    telemetry.ERASED.labels(group).inc()
    persons = frozenset(UUID(name) for name in gone if name not in received.envelope.identities)
    data = redacted(received.data, persons)
    return None if data is None else replace(received, data=data)
