"""What people have to do about an erased person: tasks, activities and reminders stay, and tell nothing of them.

What waits until an item is quiet is not weighed any more.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from contracts.data import JsonObject
from contracts.redacting import ERASED

from crm_api.erasure.scrubbing import Words
from crm_api.store import activities as stored_activities
from crm_api.store import reminders as stored_reminders
from crm_api.store import settling as stored_settling
from crm_api.store import tasks as stored_tasks


async def erase_work(tx: Transaction, items: Collection[UUID], contact: UUID, words: Words) -> dict[str, int]:
    """Write all that was found again, with less in it; gives how many of each there were."""
    tasks = await stored_tasks.of_items(tx, items)
    names = ("title", "description", "result", "checklist")
    await stored_tasks.rewrite(tx, [(row["id"], *(words.scrub(row[name]) for name in names)) for row in tasks])
    activities = await stored_activities.of_contact(tx, items, contact)
    await stored_activities.rewrite(tx, [activity(row, contact, words) for row in activities])
    reminders = await stored_reminders.of_items(tx, items)
    await stored_reminders.rewrite(tx, [(row["id"], words.scrub(row["text"])) for row in reminders])
    await stored_settling.forget(tx, items)
    return {"tasks": len(tasks), "activities": len(activities), "reminders": len(reminders)}


def activity(row: JsonObject, contact: UUID, words: Words) -> tuple[UUID, str, str, str, str, list[Any]]:
    """Give what is left of an activity."""
    subject, description, place, result = (words.scrub(row[n]) for n in ("subject", "description", "place", "result"))
    return row["id"], subject, description, place, result, [guest(one, contact, words) for one in row["participants"]]


def guest(one: JsonObject, contact: UUID, words: Words) -> JsonObject:
    """Give what is left of a participant: of the person themselves that they took part, no name and no address."""
    if one.get("contact") == str(contact):
        return {**one, "name": ERASED, "email": ""}
    email = one.get("email", "")
    return {**one, "name": words.scrub(one.get("name", "")), "email": email if words.scrub(email) == email else ""}
