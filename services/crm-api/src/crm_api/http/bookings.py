"""Bookings over HTTP: resources booked for items, moved and cancelled; what is free on a day."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from automation.wall_times import moment
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.data import JsonObject
from contracts.items import Item
from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, ConfigDict, Field

from crm_api.activities.checking import within
from crm_api.bookings import reserving
from crm_api.bookings.booking import Booking, Clash, hours
from crm_api.fields import LONGEST_STRING, LONGEST_TEXT, FieldError
from crm_api.http.addresses import ITEM, BookingId, ItemId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.record.items import ItemGone
from crm_api.record.presence import changeable, readable
from crm_api.store import bookings as store
from crm_api.store import rights as stored_rights

router = APIRouter(prefix="/v1", tags=["bookings"])
EXAMPLE: JsonObject = {
    "resource": "fitter",
    "item": ITEM,
    "starts_at": "2030-03-05T10:00:00Z",
    "ends_at": "2030-03-05T12:00:00Z",
    "note": "Bring the long ladder",
}
MOVED: JsonObject = {"starts_at": "2030-03-06T10:00:00Z", "ends_at": "2030-03-06T12:00:00Z"}
LONGEST_LOOK = timedelta(days=92)
NOBODY = UUID(int=0)
ResourceId = Annotated[str, Path(description="The resource.", examples=["fitter"])]
Day = Annotated[date, Query(description="A day of the resource's zone.", examples=["2030-03-05"])]
Since = Annotated[AwareDatetime, Query(description="From when on.", examples=["2030-03-01T00:00:00Z"])]
Until = Annotated[AwareDatetime, Query(description="Until when.", examples=["2030-04-01T00:00:00Z"])]


class NewBooking(Body):
    """A booking of a resource for an item, a contact among them."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    resource: str = Field(min_length=1, max_length=LONGEST_STRING)
    item: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: str = Field("", max_length=LONGEST_TEXT)


class MovedBooking(Body):
    """What is to be otherwise; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [MOVED]})

    resource: str | None = Field(None, min_length=1, max_length=LONGEST_STRING)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    note: str | None = Field(None, max_length=LONGEST_TEXT)


class Slot(Body):
    """A time that is free."""

    starts_at: datetime
    ends_at: datetime


class FreeSlots(Body):
    """The free slots of a day, as the clocks of the zone show them."""

    resource: str
    day: date
    zone: str
    slots: list[Slot]


class TakenTime(Body):
    """A time that is taken; which booking it is, and of what, is told to whoever may read the item."""

    starts_at: datetime
    ends_at: datetime
    booking: UUID | None
    item: UUID | None


class TakenTimes(Body):
    """A part of the times at which a resource is taken; `next` is what to send as `after` for the following part."""

    taken: list[TakenTime]
    next: str | None


class Bookings(Body):
    """A part of an item's bookings as they were made; `next` is what to send as `after` for the following part."""

    bookings: list[Booking]
    next: str | None


@router.post("/bookings", status_code=201)
async def create(body: NewBooking, request: ByPerson) -> Booking:
    """Book a resource for an item; 409 names what is in the way."""
    try:
        async with request.transaction() as tx:
            item = await changeable(tx, body.item, request.rights)
            hours(body.resource, request.knowledge).check(body.starts_at, body.ends_at)
            told = {**body.model_dump(), "id": new_id(), "made_by": request.rights.person, "at": await tx.now()}
            booking = Booking.model_validate(told)
            await reserving.book(tx, booking, item, (request.process.outbox, request.cause))
    except Clash as clash:
        raise await taken(clash, request) from None
    return booking


@router.get("/items/{item_id}/bookings")
async def of_item(item_id: ItemId, request: ByPerson, after: str = "", limit: Limit = 100) -> Bookings:
    """Give the bookings of an item, cancelled ones too."""
    async with request.transaction() as tx:
        await readable(tx, item_id, request.rights, deleted=True)
        found = await store.of_item(tx, item_id, cursor(after), limit)
    return Bookings(bookings=found, next=follows([{"at": b.at, "id": b.id} for b in found], "at", limit))


@router.get("/bookings/{booking_id}", name="read")
async def one(booking_id: BookingId, request: ByPerson) -> Booking:
    """Give a booking of an item that the caller may read."""
    async with request.transaction() as tx:
        return (await theirs(tx, booking_id, request))[0]


@router.patch("/bookings/{booking_id}")
async def move(booking_id: BookingId, body: MovedBooking, request: ByPerson) -> Booking:
    """Move a booking to another time or resource; 409 names what is in the way, and nothing has changed."""
    try:
        async with request.transaction() as tx:
            before = await standing(tx, booking_id, request)
            after = before.model_copy(update=body.model_dump(exclude_none=True))
            if (after.resource, after.starts_at, after.ends_at) != (before.resource, before.starts_at, before.ends_at):
                hours(after.resource, request.knowledge).check(after.starts_at, after.ends_at)
            if after != before:
                await reserving.move(tx, before, after, (request.process.outbox, request.cause))
    except Clash as clash:
        raise await taken(clash, request) from None
    return after


@router.delete("/bookings/{booking_id}")
async def cancel(booking_id: BookingId, request: ByPerson) -> Booking:
    """Cancel a booking; its time is free again."""
    async with request.transaction() as tx:
        # What a deleted item has booked must not stay taken for good.
        booking = await standing(tx, booking_id, request, deleted=True)
        return await reserving.cancel(tx, booking, (request.process.outbox, request.cause))


@router.get("/resources/{resource_id}/free")
async def free(resource_id: ResourceId, day: Day, request: ByPerson) -> FreeSlots:
    """Give the slots of a day that are free and have not begun."""
    async with request.transaction() as tx:
        found = hours(resource_id, request.knowledge, "resource_id")
        zone = found.working.zone
        try:
            begin = moment(datetime.combine(day, datetime.min.time()), zone)
            busy = await store.during(tx, resource_id, (begin - timedelta(days=1), begin + timedelta(days=2)))
            slots = list(found.free(day, [(b.starts_at, b.ends_at) for b in busy], await tx.now()))
        except OverflowError:
            raise FieldError("day", f"{day} is out of reach", "send a day of this century") from None
    shown = [Slot(starts_at=since.astimezone(zone), ends_at=to.astimezone(zone)) for since, to in slots]
    return FreeSlots(resource=resource_id, day=day, zone=zone.key, slots=shown)


@router.get("/resources/{resource_id}/bookings", name="taken")
async def of_resource(  # noqa: PLR0917  what a list can be asked for
    resource_id: ResourceId, request: ByPerson, since: Since, until: Until, after: str = "", limit: Limit = 1000
) -> TakenTimes:
    """Give the times at which a resource is taken, of three months at most."""
    for name, at in (("since", since), ("until", until)):
        within(name, at)
    if not timedelta() < until - since <= LONGEST_LOOK:
        raise FieldError("until", "it is before `since`, or too far from it", f"look at {LONGEST_LOOK.days} days")
    async with request.transaction() as tx:
        hours(resource_id, request.knowledge, "resource_id")
        found = await store.during(tx, resource_id, (since, until), limit, cursor(after)[0])
        seen = await stored_rights.among(tx, request.rights.reach("read"), {one.item for one in found})
    # The id of a booking is not for everyone who sees that the time is taken.
    places = [{"at": one.starts_at, "id": NOBODY} for one in found]
    taken = [shown_to(one, seen=one.item in seen) for one in found]
    return TakenTimes(taken=taken, next=follows(places, "at", limit))


async def theirs(tx: Transaction, booking_id: UUID, request: Asked, *, lock: bool = False) -> tuple[Booking, Item]:
    """Give a booking of an item that the caller may read; raises a 404 problem."""
    booking = await store.load(tx, booking_id, lock=lock)
    if booking is None:
        raise Problem(404, "There is no such booking", detail=f"there is no booking {booking_id}")
    return booking, await readable(tx, booking.item, request.rights, deleted=True)


async def standing(tx: Transaction, booking_id: UUID, request: Asked, *, deleted: bool = False) -> Booking:
    """Give a booking that the caller may change, of a deleted item where that will do; raises a 409 problem."""
    booking, item = await theirs(tx, booking_id, request, lock=True)
    if item.deleted and not deleted:
        raise ItemGone(item.id)
    request.rights.require("change", item.type, item.pipeline, item.responsible)
    if booking.cancelled_at is not None:
        raise Problem(409, "The booking is cancelled", detail="make a new one")
    return booking


async def taken(clash: Clash, request: Asked) -> Problem:
    """Give the refusal for a time that is taken; it names the booking to whoever may read its item."""
    async with request.transaction() as tx:
        seen = await stored_rights.among(tx, request.rights.reach("read"), {clash.by.item})
    words = f"{clash}: booking {clash.by.id} of item {clash.by.item}" if seen else str(clash)
    return Problem(409, "The resource is taken at that time", detail=words)


def shown_to(booking: Booking, *, seen: bool) -> TakenTime:
    """Show a time that is taken."""
    who = {"booking": booking.id, "item": booking.item} if seen else {"booking": None, "item": None}
    return TakenTime(starts_at=booking.starts_at, ends_at=booking.ends_at, **who)
