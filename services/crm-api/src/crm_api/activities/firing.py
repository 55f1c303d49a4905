"""Reminders whose moment has come: those whom they are for get a notice, once however many processes look.

Who fires holds the timer and does not wait for a reminder: one that is just being moved stays due.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Transaction
from chassis.timers import Timer
from contracts.ids import derived

from crm_api.activities.activity import Activity
from crm_api.activities.reminder import Reminder, words
from crm_api.notices import Notice
from crm_api.store import activities as stored_activities
from crm_api.store import notices as stored_notices
from crm_api.store import reminders as store

SENDER = "reminder"


class Reminders:
    """Tells people of what they are to be reminded of."""

    def __init__(self, config: ConfigCopy[Knowledge]) -> None:
        self.config = config

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """Tell of what is planned; what an activity left behind, done or cancelled, is told to nobody."""
        ids = [timer.id for timer in timers]
        due = await store.lock_planned(tx, ids)
        activities = await stored_activities.load_all(tx, {one.activity for one in due if one.activity})
        over = {one.id for one in due if is_over(one, activities)}
        told = [one for one in due if one.id not in over]
        await self.tell(tx, told, activities)
        await store.close(tx, [one.id for one in told], "fired")
        await store.close(tx, over, "cancelled")
        held = await store.still_planned(tx, ids) - {one.id for one in due}
        return set(ids) - held

    async def tell(self, tx: Transaction, due: Iterable[Reminder], activities: Mapping[UUID, Activity]) -> None:
        """Give a notice to everyone whom the reminders are for."""
        knowledge, now = await self.config.view(tx), await tx.now()
        told = [notice for one in due for notice in notices(one, activities, knowledge, now)]
        await stored_notices.add_all(tx, told, now)


def is_over(one: Reminder, activities: Mapping[UUID, Activity]) -> bool:
    """Say whether a reminder is of an activity that is no longer to be done."""
    if one.activity is None:
        return False
    activity = activities.get(one.activity)
    return activity is None or activity.state != "planned"


def notices(one: Reminder, activities: Mapping[UUID, Activity], knowledge: Knowledge, now: datetime) -> list[Notice]:
    """Give what each person is told; of one moment each is told once."""
    activity = activities[one.activity] if one.activity else None
    told = [(person, words(activity, person, knowledge) if activity else one.text) for person in one.people]
    item = one.item
    return [Notice(derived("notice", one.id, one.at, person), person, item, text, SENDER, now) for person, text in told]
