"""Reminders over HTTP: of an activity, of an item, or of nothing but a moment."""

from uuid import UUID

from chassis.ids import new_id
from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter
from pydantic import AwareDatetime, ConfigDict, Field

from crm_api.access.rights import WIDER, Forbidden
from crm_api.activities.activity import MOST_PARTICIPANTS
from crm_api.activities.checking import known_person, lead, within
from crm_api.activities.reminder import Reminder
from crm_api.fields import LONGEST_TEXT, FieldError
from crm_api.http.activities import keeping, met, require_change
from crm_api.http.addresses import ACTIVITY, ITEM, ReminderId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.record.presence import readable
from crm_api.store import reminders as store

router = APIRouter(prefix="/v1/reminders", tags=["reminders"])
ALONE: JsonObject = {"item": ITEM, "text": "Payment is due tomorrow", "at": "2026-12-01T09:00:00Z"}
BEFORE: JsonObject = {"activity": ACTIVITY, "lead": "1 day"}


class NewReminder(Body):
    """A reminder of an `activity`, `lead` before it; or of a `text`, `at` a moment, about an `item` where one is named.

    It is for the caller, or for the `people` who are named; one of an activity is for all of ours who take part.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ALONE, BEFORE]})

    item: UUID | None = None
    activity: UUID | None = None
    lead: str = Field("", max_length=100)
    text: str = Field("", max_length=LONGEST_TEXT)
    at: AwareDatetime | None = None
    people: tuple[str, ...] = Field((), max_length=MOST_PARTICIPANTS)


class Reminders(Body):
    """A part of what the caller will be reminded of, the next first; `next` is what to send as `after`."""

    reminders: list[Reminder]
    next: str | None


@router.post("", status_code=201)
async def create(body: NewReminder, request: ByPerson) -> Reminder:
    """Plan a reminder; one of an activity moves with it, and goes with it."""
    if body.activity is not None:
        return await of_activity(body.activity, body, request)
    if body.at is None or not body.text:
        missing = "text" if body.at is not None else "at"
        raise FieldError(missing, "a reminder alone says what and when", "send text and at, or an activity and lead")
    within("at", body.at)
    async with request.transaction() as tx:
        require_writing(request)
        if body.item is not None:
            await readable(tx, body.item, request.rights)
        for n, person in enumerate(body.people):
            known_person(f"people.{n}", person, request.knowledge)
        reminder = Reminder(
            id=new_id(),
            item=body.item,
            people=body.people or (request.rights.person,),
            text=body.text,
            at=body.at,
            created_at=await tx.now(),
            created_by=request.cause.actor,
        )
        await store.plan(tx, reminder)
    return reminder


@router.get("")
async def listing(request: ByPerson, after: str = "", limit: Limit = 100) -> Reminders:
    """Give what the caller will be reminded of."""
    async with request.transaction() as tx:
        found = await store.own(tx, request.rights.person, cursor(after), limit)
    return Reminders(reminders=found, next=follows([{"at": one.at, "id": one.id} for one in found], "at", limit))


@router.delete("/{reminder_id}", status_code=204)
async def cancel(reminder_id: ReminderId, request: ByPerson) -> None:
    """Cancel a reminder that one has, or has made."""
    async with request.transaction() as tx:
        reminder, rights = await store.load(tx, reminder_id), request.rights
        own = reminder is not None and (rights.person in reminder.people or reminder.created_by == rights.name)
        if reminder is None or not (own or rights.admin):
            raise Problem(404, "There is no such reminder", detail=f"you have no reminder {reminder_id}")
        require_writing(request)
        if reminder.state == "planned":
            await store.cancel(tx, [reminder.id])


def require_writing(request: Asked) -> None:
    """Refuse a key that may only read; raises `Forbidden`."""
    scope = request.principal.scope
    if scope is not None and not {"add", "change"} & set(scope.actions):
        raise Forbidden("plan or cancel reminders with a key that may only read", fix=WIDER)


async def of_activity(activity_id: UUID, body: NewReminder, request: Asked) -> Reminder:
    """Plan a reminder of an activity; of one lead there is one."""
    if not body.lead or body.text or body.at or body.people or body.item:
        raise FieldError("lead", "a reminder of an activity says how long before it, and nothing else", "send lead")
    async with request.transaction() as tx:
        activity, item, mine = await met(tx, request, activity_id, lock=True)
        require_change(request, item, mine=mine)
        if activity.state != "planned":
            fix = "name one that is still planned"
            raise Problem(409, "This activity is over", detail=f"it is {activity.state}", field="activity", fix=fix)
        return await keeping(tx, request, await tx.now()).remind(activity, lead("lead", body.lead))
