"""Visitors who are known, and when they were last here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.database import Transaction
from contracts.config import Erasure

KNOW = (
    "INSERT INTO visitor (id, known, identities, known_at, seen_at) VALUES ($1, $2, $3, $4, $4)"
    " ON CONFLICT (id) DO UPDATE SET known = excluded.known, identities = excluded.identities,"
    " seen_at = greatest(visitor.seen_at, excluded.seen_at)"
)
LOCK = "SELECT known, seen_at FROM visitor WHERE id = $1 FOR UPDATE"
SEEN = "UPDATE visitor SET seen_at = $2 WHERE id = $1"
# A few at a time, whenever somebody comes: the table never needs a sweep of its own.
FORGET = (
    "DELETE FROM visitor WHERE id = ANY(ARRAY(SELECT id FROM visitor WHERE seen_at < $1 ORDER BY seen_at LIMIT 100"
    " FOR UPDATE SKIP LOCKED))"
)
ERASE = "DELETE FROM visitor WHERE identities && $1::text[] AND known_at <= $2"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a visitor is, and when they were last here."""

    known: list[dict[str, Any]]
    seen_at: datetime


async def know(
    tx: Transaction, id_: str, known: Sequence[dict[str, str]], identities: Sequence[str], at: datetime
) -> None:
    """Keep who a visitor is; who said last who they are is right."""
    await tx.execute(KNOW, id_, list(known), list(identities), at)


async def lock(tx: Transaction, id_: str) -> Visitor | None:
    """Lock a visitor who is known."""
    row = await tx.fetchrow(LOCK, id_)
    return None if row is None else Visitor(**row)


async def seen(tx: Transaction, id_: str, at: datetime) -> None:
    """Note that a visitor is here."""
    await tx.execute(SEEN, id_, at)


async def forget(tx: Transaction, before: datetime) -> None:
    """Forget some of those who were not here since."""
    await tx.execute(FORGET, before)


async def erase(tx: Transaction, erased: Erasure) -> None:
    """Forget an erased person's visits; who came to be known later is a person who came back."""
    await tx.execute(ERASE, erased.identities, erased.at)
