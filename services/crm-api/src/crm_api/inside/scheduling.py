"""Rules put activities into calendars, and plan reminders."""

from automation.people import reach
from contracts.commands import Remind, ScheduleActivity
from contracts.data import JsonObject

from crm_api.activities.activity import Activity, Participant, activity_id
from crm_api.activities.checking import checked, lead, within
from crm_api.activities.keeping import Keeping
from crm_api.activities.reminder import Reminder, reminder_id
from crm_api.fields import LONGEST_STRING, LONGEST_TEXT, FieldError
from crm_api.record.changing import Changes
from crm_api.store import items as stored_items
from crm_api.store import reminders as stored_reminders

UNREACHED = "the client has no email, so they are not invited"


async def schedule(changes: Changes, command: ScheduleActivity) -> tuple[str, JsonObject]:
    """Make an activity, once for an execution; gives a remark and the results, raises `FieldError`."""
    client = await _client(changes, command)
    activity = checked(_activity(changes, command, client), changes.knowledge)
    remind = lead("remind", command.remind) if command.remind else ""
    keeping = Keeping(changes.tx, changes.knowledge, changes.outbox, changes.cause, changes.now)
    await keeping.make(activity, changes.item(command.item), remind)
    unreached = command.invite and client is not None and not client.email
    return UNREACHED if unreached else "", results(activity)


async def remind(changes: Changes, command: Remind) -> JsonObject:
    """Plan a reminder, once for an execution; gives the results, raises `FieldError`."""
    within("at", command.at)
    if len(command.text) > LONGEST_TEXT:
        raise FieldError("text", f"it is longer than {LONGEST_TEXT} characters", "write less")
    reminder = Reminder(
        id=reminder_id(command.execution),
        item=command.item,
        people=command.people,
        text=command.text,
        at=command.at,
        created_at=changes.now,
        created_by=changes.cause.actor,
    )
    await stored_reminders.plan(changes.tx, reminder)
    return {"id": str(reminder.id)}


def results(activity: Activity) -> JsonObject:
    """Give what later rules can read."""
    return {"id": str(activity.id), "url": f"/v1/activities/{activity.id}"}


async def _client(changes: Changes, command: ScheduleActivity) -> Participant | None:
    if command.contact is None:
        return None
    stored = (await stored_items.load(changes.tx, [command.contact])).get(command.contact)
    if stored is None or stored.item.deleted:
        return None
    email, _ = reach(stored.item, "email", "contact")
    name = str(stored.item.fields.get("name") or stored.item.title)
    return Participant(contact=command.contact, name=name[:200], email=email)


def _activity(changes: Changes, command: ScheduleActivity, client: Participant | None) -> Activity:
    for name, longest in (("subject", LONGEST_STRING), ("description", LONGEST_TEXT), ("place", LONGEST_STRING)):
        if len(getattr(command, name)) > longest:
            raise FieldError(name, f"it is longer than {longest} characters", "write less")
    assignee = changes.knowledge.people.get(command.assignee)
    others = tuple(Participant(person=one) for one in command.people if one != command.assignee)
    told = command.model_dump(include={"item", "kind", "subject", "description", "starts_at", "ends_at", "place"})
    how = command.model_dump(include={"important", "auto_complete", "invite"})
    return Activity(
        **told,
        **how,
        id=activity_id(command.execution),
        assignee=command.assignee or None,
        participants=(*others, client) if client else others,
        zone=(assignee.zone if assignee else "") or changes.knowledge.portal.zone,
        created_at=changes.now,
        created_by=changes.cause.actor,
        changed_at=changes.now,
    )
