"""Makes, changes and removes activities: with them go their reminders, the mails to their guests, and what is told."""

from dataclasses import dataclass
from datetime import datetime

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.outbox import Outbox
from contracts.data import JsonObject
from contracts.envelope import Cause
from contracts.items import Item

from crm_api.activities import inviting
from crm_api.activities.activity import Activity
from crm_api.activities.inviting import Letter
from crm_api.activities.reminder import Reminder, moment, reminder_id
from crm_api.record.lines import Line
from crm_api.store import activities as store
from crm_api.store import lines as stored_lines
from crm_api.store import reminders as stored_reminders

# What a calendar, or a guest, must hear of.
SEEN = ("subject", "description", "starts_at", "ends_at", "zone", "place", "participants", "assignee", "invite")


@dataclass(frozen=True, slots=True)
class Keeping:
    """What one transaction does to activities, as the cause's actor."""

    tx: Transaction
    knowledge: Knowledge
    outbox: Outbox
    cause: Cause
    now: datetime

    async def make(self, activity: Activity, item: Item, remind: str = "") -> bool:
        """Add an activity, with a reminder so long before it; gives False where it is there already."""
        if not await store.add(self.tx, activity):
            return False
        if remind:
            await self.remind(activity, remind, "remind")
        await self._tell(activity)
        await self._write(item, inviting.letters(None, activity))
        return True

    async def remind(self, activity: Activity, lead: str, field: str = "lead") -> Reminder:
        """Plan a reminder so long before an activity; of one lead there is one, which is planned anew."""
        reminder = Reminder(
            id=reminder_id(activity.id, lead),
            item=activity.item,
            activity=activity.id,
            people=activity.people,
            lead=lead,
            at=moment(lead, activity, self.knowledge, field),
            created_at=self.now,
            created_by=self.cause.actor,
        )
        if await stored_reminders.plan(self.tx, reminder):
            return reminder
        await stored_reminders.move(self.tx, reminder.id, reminder.at, reminder.people)
        return await stored_reminders.load(self.tx, reminder.id) or reminder

    async def change(self, before: Activity, update: JsonObject, item: Item) -> Activity:
        """Change a locked activity; gives it as it is then."""
        after = before.model_copy(update=update)
        if after == before:
            return before
        seen = after.state != before.state or any(getattr(after, name) != getattr(before, name) for name in SEEN)
        counted = {"version": before.version + 1, "sequence": before.sequence + seen, "changed_at": self.now}
        after = after.model_copy(update=counted)
        await store.save(self.tx, after)
        await self._follow(before, after)
        if (after.state, after.starts_at) != (before.state, before.starts_at):
            await self._tell(after)
        if seen:
            await self._write(item, inviting.letters(before, after))
        return after

    async def remove(self, activity: Activity, item: Item) -> None:
        """Remove a locked activity; who was invited to one that was to come hears that it does not take place."""
        gone = activity.model_copy(update={"state": "cancelled", "sequence": activity.sequence + 1})
        await stored_reminders.cancel(self.tx, [one.id for one in await stored_reminders.of_activity(self.tx, gone.id)])
        await store.remove(self.tx, activity.id)
        await self._tell(gone, state="deleted")
        await self._write(item, inviting.letters(activity, gone))

    async def _follow(self, before: Activity, after: Activity) -> None:
        """Let reminders go with what they are of: to another moment, to other people, or away."""
        if (before.state, before.starts_at, before.people) == (after.state, after.starts_at, after.people):
            return
        reminders = await stored_reminders.of_activity(self.tx, after.id)
        if after.state != "planned":
            await stored_reminders.cancel(self.tx, [one.id for one in reminders if one.state == "planned"])
            return
        for one in reminders:
            at = moment(one.lead, after, self.knowledge, "starts_at")
            # One that was cancelled by itself stays so.
            stays = one.state == "cancelled" or (at, one.state) == (one.at, "fired")
            if not stays or before.state != "planned":
                await stored_reminders.move(self.tx, one.id, at, after.people)

    async def _tell(self, activity: Activity, *, state: str = "") -> None:
        told = {"activity": str(activity.id), "activity_kind": activity.kind, "subject": activity.subject}
        how = {"state": state or activity.state, "starts_at": activity.starts_at.isoformat(), "result": activity.result}
        by = {"actor": self.cause.actor, "correlation": str(self.cause.correlation)}
        await stored_lines.add(self.tx, [Line(activity.item, self.now, "activity", {**told, **how, **by})])

    async def _write(self, item: Item, letters: list[Letter]) -> None:
        messages = [inviting.message(one, item, self.knowledge, self.outbox, self.cause, self.now) for one in letters]
        await self.outbox.publish(self.tx, messages)
