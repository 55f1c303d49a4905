"""Activities over HTTP: seen and changed with the item's rights, and by those who take part without the item."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.activities import ActivityKind
from contracts.data import JsonObject
from contracts.items import Item
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ConfigDict, Field

from crm_api.access.rights import Forbidden
from crm_api.activities.activity import MOST_PARTICIPANTS, Activity, ActivityState, Participant
from crm_api.activities.checking import EARLIEST, LATEST, checked, lead, within
from crm_api.activities.keeping import Keeping
from crm_api.fields import LONGEST_STRING, LONGEST_TEXT, FieldError
from crm_api.http.addresses import CONTACT, ITEM, ActivityId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.record.items import ItemGone
from crm_api.record.presence import readable
from crm_api.store import activities as store
from crm_api.store import items as stored_items

router = APIRouter(prefix="/v1/activities", tags=["activities"])
EXAMPLE: JsonObject = {
    "item": ITEM,
    "kind": "meeting",
    "subject": "Measure the kitchen",
    "starts_at": "2026-12-01T10:00:00Z",
    "ends_at": "2026-12-01T11:00:00Z",
    "participants": [{"person": "ann"}, {"contact": CONTACT, "name": "Maria", "email": "maria@example.com"}],
    "remind": "30 minutes",
}
MOVED: JsonObject = {"starts_at": "2026-12-02T10:00:00Z", "ends_at": "2026-12-02T11:00:00Z"}
REQUIRED = (
    "subject",
    "description",
    "participants",
    "starts_at",
    "zone",
    "place",
    "important",
    "auto_complete",
    "invite",
)
OfItem = Annotated[UUID | None, Query(description="The item whose activities.", examples=[ITEM])]
OfPerson = Annotated[str, Query(max_length=200, description="Whose; neither an item nor a person: the caller's own.")]
Since = Annotated[AwareDatetime | None, Query(alias="from", description="Of a person: that begin from here on.")]
Until = Annotated[AwareDatetime | None, Query(alias="to", description="Of a person: that begin before this.")]


class NewActivity(Body):
    """An activity to be made; without an `assignee` it is the caller's own, `remind` is how long before people hear.

    Participants with an email address who are nobody of ours are invited through the account `invite`, if one is named.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    item: UUID
    kind: ActivityKind
    subject: str = Field(min_length=1, max_length=LONGEST_STRING)
    description: str = Field("", max_length=LONGEST_TEXT)
    assignee: str | None = None
    participants: tuple[Participant, ...] = Field((), max_length=MOST_PARTICIPANTS)
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    zone: str = Field("", description="An IANA name; empty: the assignee's, else the company's.")
    place: str = Field("", max_length=LONGEST_STRING)
    important: bool = False
    auto_complete: bool = Field(default=False, description="Done when the item enters another stage.")
    invite: str = Field("", max_length=LONGEST_STRING)
    remind: str = Field("", max_length=100)


class ActivityPatch(Body):
    """What is to be changed of an activity; `version` is what the change was decided on."""

    model_config = ConfigDict(json_schema_extra={"examples": [MOVED]})

    subject: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    description: str | None = Field(None, max_length=LONGEST_TEXT)
    assignee: str | None = None
    participants: tuple[Participant, ...] | None = Field(None, max_length=MOST_PARTICIPANTS)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    zone: str | None = None
    place: str | None = Field(None, max_length=LONGEST_STRING)
    important: bool | None = None
    auto_complete: bool | None = None
    invite: str | None = Field(None, max_length=LONGEST_STRING)
    version: int | None = None


class Ending(Body):
    """What came of an activity, or why it does not take place."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"result": "They take the oak"}]})

    result: str = Field("", max_length=LONGEST_TEXT)


class Activities(Body):
    """A part of the activities by their beginning; `next` is what to send as `after` for the following part."""

    activities: list[Activity]
    next: str | None


@router.post("", status_code=201)
async def create(body: NewActivity, request: ByPerson) -> Activity:
    """Put an activity into the calendars of those who take part."""
    async with request.transaction() as tx:
        item = await readable(tx, body.item, request.rights)
        require_change(request, item, mine=False)
        now, knowledge = await tx.now(), request.knowledge
        assignee = body.assignee or request.rights.person or None
        told = body.model_dump(exclude={"remind", "assignee", "zone", "participants"})
        activity = Activity(
            **told,
            participants=body.participants,
            id=new_id(),
            assignee=assignee if assignee in knowledge.people or body.assignee else None,
            zone=body.zone or zone_of(assignee, knowledge),
            created_at=now,
            created_by=request.cause.actor,
            changed_at=now,
        )
        activity = checked(activity, knowledge)
        remind = lead("remind", body.remind) if body.remind else ""
        await keeping(tx, request, now).make(activity, item, remind)
    return activity


@router.get("")
async def listing(  # noqa: PLR0917  what a list can be asked for
    request: ByPerson,
    item: OfItem = None,
    person: OfPerson = "",
    since: Since = None,
    until: Until = None,
    after: str = "",
    limit: Limit = 100,
) -> Activities:
    """Give the activities of an item, or of a person within a span of time, in the order of their beginning."""
    span = since or EARLIEST, until or LATEST
    for name, moment in zip(("from", "to"), span, strict=True):
        within(name, moment)
    async with request.transaction() as tx:
        rights = request.rights
        seen = store.Seen(rights.person, rights.reach("read"), cursor(after), limit)
        if item is None:
            found = await store.of_person(tx, person or rights.person, span, seen)
        else:
            found = await store.of_item(tx, item, seen)
            # The end of a part that one may see is no other answer than an empty part.
            await anyhow_readable(tx, request, item, seen_some=bool(found or after))
    last = [{"at": one.starts_at, "id": one.id} for one in found]
    return Activities(activities=found, next=follows(last, "at", limit))


async def anyhow_readable(tx: Transaction, request: ByPerson, item: UUID, *, seen_some: bool) -> None:
    """Refuse whoever may not read an item, unless they have seen something of it."""
    if not seen_some:
        await readable(tx, item, request.rights, deleted=True)


@router.get("/{activity_id}", name="read")
async def one(activity_id: ActivityId, request: ByPerson) -> Activity:
    """Give an activity to whoever may read its item, or takes part."""
    async with request.transaction() as tx:
        return (await met(tx, request, activity_id))[0]


@router.patch("/{activity_id}")
async def change(activity_id: ActivityId, body: ActivityPatch, request: ByPerson) -> Activity:
    """Change or move an activity; reminders move with it, and guests who were invited hear of it."""
    update = {name: getattr(body, name) for name in body.model_fields_set - {"version"}}
    for name in REQUIRED:
        if name in update and update[name] is None:
            raise FieldError(name, "it cannot be nothing", "send a value, or leave it out")
    async with request.transaction() as tx:
        before, item, mine = await met(tx, request, activity_id, lock=True)
        require_change(request, item, mine=mine)
        expect(before, body.version)
        wanted = checked(before.model_copy(update=update), request.knowledge)
        settled = {name: getattr(wanted, name) for name in update}
        return await keeping(tx, request, await tx.now()).change(before, settled, item)


@router.post("/{activity_id}/complete")
async def complete(activity_id: ActivityId, body: Ending, request: ByPerson) -> Activity:
    """Say that an activity is done, and what came of it; its reminders go."""
    return await end(activity_id, body, request, "done")


@router.post("/{activity_id}/cancel")
async def cancel(activity_id: ActivityId, body: Ending, request: ByPerson) -> Activity:
    """Say that an activity does not take place; its reminders go, and guests who were invited hear of it."""
    return await end(activity_id, body, request, "cancelled")


@router.delete("/{activity_id}", status_code=204)
async def delete(activity_id: ActivityId, request: ByPerson) -> None:
    """Delete an activity; guests who were invited to what was to come hear that it does not take place."""
    async with request.transaction() as tx:
        activity, item, _ = await met(tx, request, activity_id, lock=True)
        require_change(request, item, mine=False)
        await keeping(tx, request, await tx.now()).remove(activity, item)


async def end(activity_id: UUID, body: Ending, request: Asked, state: ActivityState) -> Activity:
    """End a planned activity; raises a 409 problem for one that has ended otherwise."""
    async with request.transaction() as tx:
        before, item, mine = await met(tx, request, activity_id, lock=True)
        require_change(request, item, mine=mine)
        if before.state not in {"planned", state}:
            raise Problem(409, "This activity is over", detail=f"it is {before.state}", field="state", fix="leave it")
        update: JsonObject = {"state": state, "result": body.result or before.result}
        return await keeping(tx, request, await tx.now()).change(before, update, item)


async def met(tx: Transaction, request: Asked, id_: UUID, *, lock: bool = False) -> tuple[Activity, Item, bool]:
    """Give an activity that the caller sees, its item, and whether they take part; raises a 404 problem."""
    rights = request.rights
    activity = await store.load(tx, id_, lock=lock)
    stored = (await stored_items.load(tx, [activity.item])).get(activity.item) if activity else None
    if activity is not None and stored is not None:
        item, mine = stored.item, rights.person in activity.people
        if mine or rights.may("read", item):
            return activity, item, mine
    raise Problem(404, "There is no such activity", detail=f"there is no activity {id_} for you")


def require_change(request: Asked, item: Item, *, mine: bool) -> None:
    """Refuse who may neither change the item nor takes part with all their rights; raises `Forbidden`."""
    if item.deleted:
        raise ItemGone(item.id)
    rights, scope = request.rights, request.principal.scope
    may = mine and (scope is None or "change" in scope.actions)
    if not may and not rights.may("change", item):
        raise Forbidden("change", f"activities of item {item.id}")


def expect(activity: Activity, version: int | None) -> None:
    """Refuse a change that was decided on another version; raises a 409 problem that tells the present one."""
    if version is not None and version != activity.version:
        words = f"it has version {activity.version}, not {version}"
        fix, current = "look at the current activity and send its version", activity.model_dump(mode="json")
        raise Problem(409, "The activity has changed", detail=words, field="version", fix=fix, current=current)


def keeping(tx: Transaction, request: Asked, now: datetime) -> Keeping:
    """Give what changes activities as the caller."""
    return Keeping(tx, request.knowledge, request.process.outbox, request.cause, now)


def zone_of(person: str | None, knowledge: Knowledge) -> str:
    """Give a person's own zone, else the company's."""
    known = knowledge.people.get(person or "")
    return (known.zone if known else "") or knowledge.portal.zone
