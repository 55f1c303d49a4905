"""Activities of items, and the calendar of each person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction

from crm_api.access.rights import Reach
from crm_api.activities.activity import Activity
from crm_api.store.rights import allowed

NAMES = (
    *("id", "item", "kind", "subject", "description", "assignee", "participants", "starts_at", "ends_at", "zone"),
    *("place", "important", "auto_complete", "invite", "state", "result", "sequence", "version"),
    *("created_at", "created_by", "changed_at"),
)
COLUMNS = ", ".join(f"a.{name}" for name in NAMES)
PLACES = ", ".join(f"${n}" for n in range(1, len(NAMES) + 1))
ADD = f"INSERT INTO activity ({', '.join(NAMES)}) VALUES ({PLACES}) ON CONFLICT (id) DO NOTHING RETURNING id"
SAVE = f"UPDATE activity SET ({', '.join(NAMES[2:])}) = ({PLACES.partition('$2, ')[2]}) WHERE id = $1 AND item = $2"
# Whoever moves the item holds it too, and completes activities with the stage; so one of both comes first.
HOLD = "SELECT FROM item WHERE id = (SELECT item FROM activity WHERE id = $1) FOR SHARE"
LOAD = f"SELECT {COLUMNS} FROM activity a WHERE a.id = $1"
LOAD_ALL = f"SELECT {COLUMNS} FROM activity a WHERE a.id = ANY($1::uuid[])"
REMOVE = "DELETE FROM activity WHERE id = $1"
# Both at once: of what is no participant any more the row goes, of the others it follows the moment.
LEAVE = "DELETE FROM activity_of WHERE activity = $1 AND person <> ALL($2::text[])"
JOIN = (
    "INSERT INTO activity_of (activity, person, starts_at) SELECT $1, p, $3 FROM unnest($2::text[]) AS p"
    " ON CONFLICT (activity, person) DO UPDATE SET starts_at = excluded.starts_at"
)
READABLE = f"EXISTS (SELECT FROM item i WHERE i.id = a.item AND {allowed(5)})"
MINE = "EXISTS (SELECT FROM activity_of m WHERE m.activity = a.id AND m.person = $4)"
OF_ITEM = (
    f"SELECT {COLUMNS} FROM activity a WHERE a.item = $11 AND (a.starts_at, a.id) > ($1, $2)"
    f" AND ({MINE} OR {READABLE}) ORDER BY a.starts_at, a.id LIMIT $3"
)
OF_PERSON = (
    f"SELECT {COLUMNS} FROM activity_of p JOIN activity a ON a.id = p.activity"
    " WHERE p.person = $11 AND (p.starts_at, p.activity) > ($1, $2) AND p.starts_at >= $12 AND p.starts_at < $13"
    f" AND ($4 = $11 OR {READABLE}) ORDER BY p.starts_at, p.activity LIMIT $3"
)
BEGINNING = (
    f"SELECT {COLUMNS} FROM activity_of p JOIN activity a ON a.id = p.activity"
    " WHERE p.person = $1 AND p.starts_at >= $2 AND p.starts_at < $3"
)
CALENDAR = f"{BEGINNING} ORDER BY p.starts_at DESC, p.activity LIMIT $4"
BUSY = f"{BEGINNING} AND a.state = 'planned' AND a.kind = ANY($4::text[])"
# What an item leaves behind with its stage: told, then done; both see what was planned before.
TOLD_DONE = (
    "INSERT INTO timeline (id, item, at, kind, version, body)"
    " SELECT gen_random_uuid(), item, signalbox_now(), 'activity', 0, jsonb_build_object('activity', id,"
    " 'activity_kind', kind, 'subject', subject, 'state', 'done', 'why', $2::text)"
    " FROM activity WHERE item = ANY($1::uuid[]) AND auto_complete AND state = 'planned'"
)
AUTO_COMPLETE = (
    "UPDATE activity SET state = 'done', version = version + 1, changed_at = signalbox_now()"
    " WHERE item = ANY($1::uuid[]) AND auto_complete AND state = 'planned'"
)
OF_CONTACT = (
    "SELECT id, subject, description, place, result, participants FROM activity"
    " WHERE item = ANY($1::uuid[]) OR participants @> $2 ORDER BY id FOR UPDATE"
)
REWRITE = (
    "UPDATE activity AS a SET subject = u.s, description = u.d, place = u.l, result = u.r, participants = u.p,"
    " version = version + 1, changed_at = signalbox_now()"
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[]) AS u(i, s, d, l, r, p)"
    " WHERE a.id = u.i"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looks, how far they see, and which part: behind a place in the order of the moments."""

    person: str
    reach: Reach
    after: tuple[datetime, UUID]
    limit: int

    @property
    def values(self) -> tuple[Any, ...]:
        """Give the first parameters of a list."""
        return *self.after, self.limit, self.person, *self.reach.values


async def add(tx: Transaction, activity: Activity) -> bool:
    """Add an activity; gives False for an id that is there already."""
    if await tx.fetchval(ADD, *values(activity)) is None:
        return False
    await tx.execute(JOIN, activity.id, list(activity.people), activity.starts_at)
    return True


async def save(tx: Transaction, activity: Activity) -> None:
    """Write a locked activity as it is now, and in whose calendars it is."""
    await tx.execute(SAVE, *values(activity))
    people = list(activity.people)
    await tx.execute(LEAVE, activity.id, people)
    await tx.execute(JOIN, activity.id, people, activity.starts_at)


async def remove(tx: Transaction, id_: UUID) -> None:
    """Remove a locked activity, with its reminders."""
    await tx.execute(REMOVE, id_)


async def load(tx: Transaction, id_: UUID, *, lock: bool = False) -> Activity | None:
    """Load an activity, and lock it where it is to be changed, behind its item."""
    if lock:
        await tx.execute(HOLD, id_)
    row = await tx.fetchrow(f"{LOAD} FOR UPDATE" if lock else LOAD, id_)
    return None if row is None else Activity.model_validate(dict(row))


async def load_all(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Activity]:
    """Load activities by their ids."""
    return {row["id"]: Activity.model_validate(dict(row)) for row in await tx.fetch(LOAD_ALL, list(ids))}


async def of_item(tx: Transaction, item: UUID, seen: Seen) -> list[Activity]:
    """Give a part of an item's activities in the order of time: all where the item is within reach, else one's own."""
    return [Activity.model_validate(dict(row)) for row in await tx.fetch(OF_ITEM, *seen.values, item)]


async def of_person(tx: Transaction, person: str, span: tuple[datetime, datetime], seen: Seen) -> list[Activity]:
    """Give a part of what somebody takes part in, in a span of time: one's own, of others what is within reach."""
    rows = await tx.fetch(OF_PERSON, *seen.values, person, *span)
    return [Activity.model_validate(dict(row)) for row in rows]


async def calendar(tx: Transaction, person: str, span: tuple[datetime, datetime], most: int) -> list[Activity]:
    """Give all of a person's activities in a span of time, of too many the latest."""
    return [Activity.model_validate(dict(row)) for row in await tx.fetch(CALENDAR, person, *span, most)]


async def busy(tx: Transaction, person: str, span: tuple[datetime, datetime], kinds: Collection[str]) -> list[Activity]:
    """Give all that is planned of these kinds and that a person takes part in, which begins in a span of time."""
    return [Activity.model_validate(dict(row)) for row in await tx.fetch(BUSY, person, *span, list(kinds))]


def auto_complete(tx: Transaction, items: Collection[UUID], why: str) -> None:
    """Let what is done with the stage be done, at the end of the transaction."""
    tx.at_the_end(TOLD_DONE, list(items), why)
    tx.at_the_end(AUTO_COMPLETE, list(items))


async def of_contact(tx: Transaction, items: Collection[UUID], contact: UUID) -> list[dict[str, Any]]:
    """Lock the activities of items, and those that a contact takes part in."""
    return [dict(row) for row in await tx.fetch(OF_CONTACT, list(items), [{"contact": str(contact)}])]


async def rewrite(tx: Transaction, texts: Sequence[tuple[UUID, str, str, str, str, list[Any]]]) -> None:
    """Write other texts and participants of activities."""
    if texts:
        await tx.execute(REWRITE, *zip(*texts, strict=True))


def values(activity: Activity) -> tuple[Any, ...]:
    """Give the columns of an activity in their order."""
    told = {name: getattr(activity, name) for name in NAMES}
    return tuple({**told, "participants": [one.model_dump(mode="json") for one in activity.participants]}.values())
