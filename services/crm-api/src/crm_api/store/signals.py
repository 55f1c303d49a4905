"""Signals that were decided, and whom they reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.database import Transaction
from contracts.data import JsonObject
from contracts.signals import Identity

Decision = Literal["applied", "created", "ignored", "held"]

# The row numbers put the locks in one order, whoever asks: two transactions never wait for one another in a ring.
LOCK = (
    "SELECT pg_advisory_xact_lock(k) FROM"
    " (SELECT DISTINCT hashtextextended(w, 0) AS k FROM unnest($1::text[]) AS w ORDER BY 1) AS keys"
)
KNOWN = "SELECT digest, causation FROM signal WHERE id = $1"
KEEP = (
    "INSERT INTO signal (id, kind, source, digest, decided_at, decision, held, causation, identities)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)
REACH = "INSERT INTO signal_item (signal, item) SELECT $1, unnest($2::uuid[])"
REACHED = "SELECT item FROM signal_item WHERE signal = $1 ORDER BY item"
# The first identity by which somebody is known decides: a phone that a form names before its email.
CONTACTS = (
    "SELECT contact FROM (SELECT n.contact, w.place, min(w.place) OVER () AS first"
    " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(kind, value, place)"
    " JOIN identity n ON n.kind = w.kind AND n.value = w.value) AS known WHERE place = first ORDER BY contact"
)
ITEMS_OF = (
    "SELECT i.id FROM item i LEFT JOIN unnest($2::text[], $3::text[]) AS o(pipeline, stage)"
    " ON o.pipeline = i.pipeline AND o.stage = i.stage"
    " WHERE i.id IN (SELECT from_id FROM link WHERE to_id = ANY($1::uuid[])) AND i.pipeline <> '' AND NOT i.deleted"
    " ORDER BY o.stage IS NOT NULL DESC, i.created_at DESC, i.id DESC LIMIT $4"
)
NEAR = (
    "SELECT i.id FROM item i WHERE i.pipeline <> '' AND NOT i.deleted AND i.id IN"
    " (SELECT to_id FROM link WHERE from_id = $1 UNION SELECT from_id FROM link WHERE to_id = $1)"
    " ORDER BY i.created_at DESC, i.id DESC LIMIT $2"
)
TYPE_OF = "SELECT type FROM item WHERE id = $1 AND NOT deleted"
# Waits for whoever decides it at this moment.
WAITING = "SELECT decision, held FROM signal WHERE id = $1 FOR UPDATE"
RELEASE = "UPDATE signal SET decision = $2, decided_at = $3, held = NULL WHERE id = $1"
RECOGNISE = "UPDATE signal SET digest = $2, causation = $3 WHERE id = $1"
HELD = (
    "SELECT id, kind, source, decided_at, held FROM signal"
    " WHERE decision = 'held' AND (decided_at, id) > ($1, $2) ORDER BY decided_at, id LIMIT $3"
)


@dataclass(frozen=True, slots=True)
class Decided:
    """A signal as it was decided.

    `causation` is what brought it, `held` the command that waits for a person, `identities` are keyed hashes of whom it
    tells.
    """

    id: UUID
    kind: str
    source: str
    digest: str
    at: datetime
    decision: Decision
    items: Sequence[UUID]
    causation: UUID
    held: JsonObject | None = None
    identities: Sequence[str] = ()


async def lock(tx: Transaction, names: Iterable[str]) -> None:
    """Hold these names until the end of the transaction, whatever they name."""
    await tx.fetch(LOCK, list(names))


async def known(tx: Transaction, signal: UUID) -> tuple[str, UUID] | None:
    """Give the digest of a signal that was decided, and what brought it; None for a new one."""
    row = await tx.fetchrow(KNOWN, signal)
    return None if row is None else (row["digest"], row["causation"])


async def keep(tx: Transaction, decided: Decided) -> None:
    """Keep what was decided, and whom the signal reached."""
    d = decided
    await tx.execute(KEEP, d.id, d.kind, d.source, d.digest, d.at, d.decision, d.held, d.causation, d.identities)
    if d.items:
        await tx.execute(REACH, d.id, list(d.items))


async def waiting(tx: Transaction, signal: UUID) -> tuple[Decision, JsonObject | None] | None:
    """Lock a signal, and give how it was decided, with the command that waits for a person where it is held."""
    row = await tx.fetchrow(WAITING, signal)
    return None if row is None else (row["decision"], row["held"])


async def release(tx: Transaction, signal: UUID, decision: Decision, items: Sequence[UUID], at: datetime) -> None:
    """Keep what a person decided of a held signal, and whom it reached."""
    await tx.execute(RELEASE, signal, decision, at)
    if items:
        await tx.execute(REACH, signal, list(items))


async def recognise(tx: Transaction, signal: UUID, digest: str, causation: UUID) -> None:
    """Keep what a signal told, of which only that it was decided was known."""
    await tx.execute(RECOGNISE, signal, digest, causation)


async def reached(tx: Transaction, signal: UUID) -> list[UUID]:
    """Give the items that a signal reached."""
    return [row["item"] for row in await tx.fetch(REACHED, signal)]


async def contacts(tx: Transaction, identities: Sequence[Identity]) -> list[UUID]:
    """Give the contacts that are known by the first of these identities by which anyone is."""
    rows = await tx.fetch(CONTACTS, [i.kind for i in identities], [i.value for i in identities])
    return [row["contact"] for row in rows]


async def items_of(
    tx: Transaction, contacts: Sequence[UUID], open_stages: Sequence[tuple[str, str]], limit: int
) -> list[UUID]:
    """Give the items that link to these contacts: those in open stages (pipeline, stage) first, then newest first."""
    pipelines, stages = [p for p, _ in open_stages], [s for _, s in open_stages]
    return [row["id"] for row in await tx.fetch(ITEMS_OF, list(contacts), pipelines, stages, limit)]


async def near(tx: Transaction, item: UUID, limit: int) -> list[UUID]:
    """Give the items in pipelines that an item links to, or that link to it, newest first."""
    return [row["id"] for row in await tx.fetch(NEAR, item, limit)]


async def type_of(tx: Transaction, item: UUID) -> str | None:
    """Give the type of an item that is there and not deleted."""
    found: str | None = await tx.fetchval(TYPE_OF, item)
    return found


async def held(tx: Transaction, after: tuple[datetime, UUID], limit: int) -> list[dict[str, Any]]:
    """List the signals that wait for a person, oldest first, behind a place in that order."""
    return [dict(row) for row in await tx.fetch(HELD, *after, limit)]
