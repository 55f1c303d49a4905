"""All SQL of memberships; nothing here commits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from chassis.database import Transaction

from action_workers import store as effects_store
from action_workers.effect import Effect
from action_workers.memberships.membership import Member, Place, Reason, Stand

PLACES = "unnest($1::text[], $2::text[], $3::uuid[]) AS u(connection, audience, contact)"
OPEN_MEMBERS = (
    f"INSERT INTO audience_member (connection, audience, contact) SELECT * FROM {PLACES} ON CONFLICT DO NOTHING"
)
LOCK_MEMBERS = (
    f"SELECT m.* FROM audience_member AS m JOIN {PLACES} USING (connection, audience, contact)"
    " ORDER BY connection, audience, contact FOR UPDATE OF m"
)
KEEP_MEMBER = (
    "UPDATE audience_member SET people = $4, settings = $5, removal = $6, left_at = $7"
    " WHERE connection = $1 AND audience = $2 AND contact = $3"
)
ADD_REASONS = (
    "INSERT INTO audience_reason (effect, connection, audience, contact, item, activation, remove_when)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::int[], $7::text[])"
    " ON CONFLICT (effect) DO NOTHING"
)
REASONS_OF_ITEMS = "SELECT * FROM audience_reason WHERE item = ANY($1::uuid[]) AND remove_when <> '' ORDER BY effect"
REASONS_OF_PLACES = f"SELECT r.* FROM audience_reason AS r JOIN {PLACES} USING (connection, audience, contact)"
PLACES_OF = "SELECT connection, audience, contact FROM audience_member WHERE contact = $1"
END_REASONS = "DELETE FROM audience_reason WHERE effect = ANY($1::uuid[])"
# The greatest of what is known and what is heard: events may come twice, or late.
STAND = (
    "INSERT INTO item_stand (item, activation, success, failure, deleted)"
    " SELECT * FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::boolean[])"
    " ON CONFLICT (item) DO UPDATE SET activation = greatest(item_stand.activation, excluded.activation),"
    " success = greatest(item_stand.success, excluded.success),"
    " failure = greatest(item_stand.failure, excluded.failure), deleted = item_stand.deleted OR excluded.deleted"
    " RETURNING *"
)
BURIED = "SELECT name FROM tombstones($1::text[]) WHERE erased_at >= $2"
FORGET_WHOM = "UPDATE effect SET params = params - 'people' WHERE id = ANY($1::uuid[])"

# Rows that can go together: the same audience through the same account, with the same settings of the rule.
SAME = "coalesce(params ->> 'consent', '') AS consent, coalesce(params ->> 'client', '') AS client"
BUFFERS = (
    f"SELECT action, connection, params ->> 'audience' AS audience, {SAME} FROM effect"
    " WHERE kind = 'ad-audience' AND state = 'buffered' GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
)
BUFFERED = (
    f"SELECT {effects_store.ALL} FROM effect WHERE kind = 'ad-audience' AND state = 'buffered' AND action = $1"
    " AND connection = $2 AND params ->> 'audience' = $3 AND coalesce(params ->> 'consent', '') = $4"
    " AND coalesce(params ->> 'client', '') = $5 ORDER BY asked_at, id LIMIT $6 FOR UPDATE SKIP LOCKED"
)

ASK_LATER = (
    "INSERT INTO audience_request (effect, ask_at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])"
    " ON CONFLICT (effect) DO UPDATE SET ask_at = excluded.ask_at, asked = 0"
)
TO_ASK = (
    "UPDATE audience_request SET ask_at = $2, asked = asked + 1 WHERE effect = ANY(ARRAY("
    "SELECT r.effect FROM audience_request AS r JOIN effect AS e ON e.id = r.effect WHERE r.ask_at <= $1"
    " AND (e.connection, e.reference) IN (SELECT e.connection, e.reference FROM audience_request AS r"
    " JOIN effect AS e ON e.id = r.effect WHERE r.ask_at <= $1 GROUP BY 1, 2 ORDER BY min(r.ask_at) LIMIT $3)"
    " FOR UPDATE OF r SKIP LOCKED)) RETURNING effect, asked"
)
ASKED = "DELETE FROM audience_request WHERE effect = ANY($1::uuid[])"


class Buffer(NamedTuple):
    """What goes together."""

    action: str
    connection: str
    audience: str
    consent: str
    client: str


async def buffers(tx: Transaction) -> list[Buffer]:
    """Give what rows wait for."""
    return [Buffer(*row) for row in await tx.fetch(BUFFERS)]


async def lock_buffered(tx: Transaction, buffer: Buffer, most: int) -> list[Effect]:
    """Lock the rows of a buffer, those that wait longest first; what another holds is left to it."""
    return [effects_store.read(row) for row in await tx.fetch(BUFFERED, *buffer, most)]


async def lock_members(tx: Transaction, places: Collection[Place]) -> dict[Place, Member]:
    """Lock the members of places, made where they are not there yet."""
    columns = _columns(sorted(places))
    await tx.execute(OPEN_MEMBERS, *columns)
    return {member.place: member for member in map(_member, await tx.fetch(LOCK_MEMBERS, *columns))}


async def keep(tx: Transaction, member: Member) -> None:
    """Write a member that this transaction has locked."""
    kept = list(member.people), member.settings, member.removal, member.left_at
    await tx.execute(KEEP_MEMBER, *member.place, *kept)


async def add_reasons(tx: Transaction, reasons: Sequence[Reason]) -> None:
    """Write reasons; one that is known stays."""
    rows = [(r.effect, *r.place, r.item, r.activation, r.remove_when) for r in reasons]
    if rows:
        await tx.execute(ADD_REASONS, *map(list, zip(*rows, strict=True)))


async def reasons_of_items(tx: Transaction, items: Collection[UUID]) -> list[Reason]:
    """Give the reasons that depend on items."""
    return [_reason(row) for row in await tx.fetch(REASONS_OF_ITEMS, list(items))]


async def reasons_of(tx: Transaction, places: Iterable[Place]) -> list[Reason]:
    """Give all reasons for places."""
    return [_reason(row) for row in await tx.fetch(REASONS_OF_PLACES, *_columns(sorted(places)))]


async def places_of(tx: Transaction, contact: UUID) -> set[Place]:
    """Give the places of a contact."""
    return {Place(*row) for row in await tx.fetch(PLACES_OF, contact)}


async def end_reasons(tx: Transaction, effects: Collection[UUID]) -> None:
    """Forget reasons."""
    await tx.execute(END_REASONS, list(effects))


async def stand(tx: Transaction, stands: Sequence[Stand]) -> dict[UUID, Stand]:
    """Keep where items stand, lock that, and give what is known then."""
    rows = sorted((s.item, s.activation, s.success, s.failure, s.deleted) for s in stands)
    if not rows:
        return {}
    found = await tx.fetch(STAND, *map(list, zip(*rows, strict=True)))
    return {row["item"]: Stand(**dict(row)) for row in found}


async def erased(tx: Transaction, contact: UUID, since: Any) -> bool:
    """Say whether a contact was erased at a moment or later."""
    return bool(await tx.fetch(BURIED, [str(contact)], since))


async def ask_later(tx: Transaction, at: Mapping[UUID, datetime]) -> None:
    """Note when to ask how requests came out."""
    if at:
        await tx.execute(ASK_LATER, list(at), list(at.values()))


async def to_ask(tx: Transaction, now: datetime, again: datetime, most: int) -> dict[UUID, int]:
    """Take the effects of so many requests that may be asked about, how often they were, and put them off."""
    return {row["effect"]: row["asked"] for row in await tx.fetch(TO_ASK, now, again, most)}


async def asked(tx: Transaction, effects: Collection[UUID]) -> None:
    """Ask about requests no more."""
    await tx.execute(ASKED, list(effects))


async def forget_whom(tx: Transaction, effects: Collection[UUID]) -> None:
    """Forget the hashes that effects of ours carried."""
    await tx.execute(FORGET_WHOM, list(effects))


def _columns(places: Sequence[Place]) -> tuple[list[str], list[str], list[UUID]]:
    return [p.connection for p in places], [p.audience for p in places], [p.contact for p in places]


def _place(row: asyncpg.Record) -> Place:
    return Place(row["connection"], row["audience"], row["contact"])


def _member(row: asyncpg.Record) -> Member:
    return Member(_place(row), tuple(row["people"]), row["settings"], row["removal"], row["left_at"])


def _reason(row: asyncpg.Record) -> Reason:
    return Reason(row["effect"], _place(row), row["item"], row["activation"], row["remove_when"])
