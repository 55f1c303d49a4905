"""Suppressed addresses, and what was sent to whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from contracts.suppressions import STOPPED

# The space of advisory locks of this module; the relay's locks have one number, not two.
LOCKS = 7007
# The first reason stays, but for STOP: what it made may be lifted by START, what others said may not.
SUPPRESS = (
    "INSERT INTO suppressed (address, reason, since) SELECT a, r, $3 FROM unnest($1::text[], $2::text[]) AS u(a, r)"
    " ORDER BY a ON CONFLICT (address) DO UPDATE SET reason = excluded.reason"
    " WHERE suppressed.reason = $4 AND excluded.reason <> $4 RETURNING address, reason, since"
)
ALLOW = (
    "DELETE FROM suppressed WHERE address = ANY($1::text[]) AND ($2::text IS NULL OR reason = $2)"
    " RETURNING address, reason, since"
)
SUPPRESSED = "SELECT address, reason FROM suppressed WHERE address = ANY($1::text[])"
LOCK = (
    "SELECT pg_advisory_xact_lock($1, k) FROM (SELECT DISTINCT hashtext($2 || c::text) AS k"
    " FROM unnest($3::uuid[]) AS u(c) ORDER BY k) AS ordered"
)
RECENT = "SELECT effect, contact, at FROM reached WHERE kind = $1 AND contact = ANY($2::uuid[]) AND at > $3 ORDER BY at"
NOTE = (
    "INSERT INTO reached (effect, contact, kind, at) SELECT e, c, $3, t"
    " FROM unnest($1::uuid[], $2::uuid[], $4::timestamptz[]) AS u(e, c, t) ON CONFLICT (effect) DO NOTHING"
)
# What no cap counts any more goes, a little with each batch.
FORGET = (
    "DELETE FROM reached WHERE effect = ANY(ARRAY(SELECT effect FROM reached WHERE kind = $1 AND at <= $2"
    " ORDER BY at LIMIT 200 FOR UPDATE SKIP LOCKED))"
)
RELEASE = "DELETE FROM reached WHERE effect = ANY($1::uuid[])"
ERASE = "DELETE FROM reached WHERE contact = $1"


@dataclass(frozen=True, slots=True)
class Reached:
    """One effect that went out to a contact, or is just going."""

    effect: UUID
    contact: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Suppressed:
    """One address that is written to no more, by its fingerprint; why, and since when."""

    address: str
    reason: str
    since: datetime


async def suppress(tx: Transaction, addresses: Mapping[str, str], now: datetime) -> list[Suppressed]:
    """Write no more to these addresses, each for its reason; gives those of which that is news."""
    rows = await tx.fetch(SUPPRESS, list(addresses), list(addresses.values()), now, STOPPED)
    return [Suppressed(**row) for row in rows]


async def allow(tx: Transaction, addresses: Collection[str], reason: str | None = None) -> list[Suppressed]:
    """Let these addresses be written to again, for whatever reason they were not, or for this one; gives what was."""
    return [Suppressed(**row) for row in await tx.fetch(ALLOW, sorted(addresses), reason)]


async def suppressed(tx: Transaction, addresses: Collection[str]) -> dict[str, str]:
    """Give those of these addresses that are written to no more, and why."""
    if not addresses:
        return {}
    return {row["address"]: row["reason"] for row in await tx.fetch(SUPPRESSED, sorted(addresses))}


async def lock(tx: Transaction, kind: str, contacts: Collection[UUID]) -> None:
    """Let no other process count for these contacts until the end of the transaction; in one order for all."""
    await tx.fetch(LOCK, LOCKS, kind, sorted(contacts))


async def recent(tx: Transaction, kind: str, contacts: Collection[UUID], since: datetime) -> dict[UUID, list[Reached]]:
    """Give what went out to contacts since a moment, the oldest first."""
    found: dict[UUID, list[Reached]] = {}
    for row in await tx.fetch(RECENT, kind, sorted(contacts), since):
        found.setdefault(row["contact"], []).append(Reached(**row))
    return found


async def note(tx: Transaction, kind: str, going: Sequence[Reached], forget_before: datetime) -> None:
    """Note what goes out, and forget what no longer counts."""
    if going:
        effects, contacts, moments = zip(*((one.effect, one.contact, one.at) for one in going), strict=True)
        await tx.execute(NOTE, list(effects), list(contacts), kind, list(moments))
        await tx.execute(FORGET, kind, forget_before)


async def release(tx: Transaction, effects: Collection[UUID]) -> None:
    """Count no more what did not go out after all."""
    if effects:
        await tx.execute(RELEASE, list(effects))


async def erase(tx: Transaction, contact: UUID) -> None:
    """Forget what went out to a person; that an address is written to no more stays."""
    await tx.execute(ERASE, contact)
