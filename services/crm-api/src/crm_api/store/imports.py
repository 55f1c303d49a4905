"""What an import looks for: items by a key, contacts by their identities."""

from collections.abc import Collection, Sequence
from uuid import UUID

from chassis.database import Transaction

from crm_api.store import signals

BY_KEY = "SELECT key, item FROM field_value WHERE type = $1 AND field = $2 AND key = ANY($3::text[]) ORDER BY item"
BY_IDENTITY = (
    "SELECT n.kind, n.value, n.contact FROM unnest($1::text[], $2::text[]) AS w(kind, value)"
    " JOIN identity n ON n.kind = w.kind AND n.value = w.value JOIN item i ON i.id = n.contact AND NOT i.deleted"
    " ORDER BY n.contact"
)


async def lock(tx: Transaction, names: Collection[str]) -> None:
    """Hold these names until the end of the transaction, in the one order that everyone holds them in."""
    if names:
        await signals.lock(tx, names)


async def by_key(tx: Transaction, type_: str, field: str, keys: Sequence[str]) -> dict[str, list[UUID]]:
    """Give the items of a type that stand under keys of a field."""
    found: dict[str, list[UUID]] = {}
    for row in await tx.fetch(BY_KEY, type_, field, keys):
        found.setdefault(row["key"], []).append(row["item"])
    return found


async def by_identity(tx: Transaction, known_by: Collection[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """Give the first contact that is known by each of these (kind, value)."""
    if not known_by:
        return {}
    rows = await tx.fetch(BY_IDENTITY, [kind for kind, _ in known_by], [value for _, value in known_by])
    return {(row["kind"], row["value"]): row["contact"] for row in reversed(rows)}
