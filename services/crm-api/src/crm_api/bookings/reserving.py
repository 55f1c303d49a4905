"""Resources are booked in turn: what is free is looked at when nobody else may book."""

from chassis.database import Transaction
from contracts.data import JsonObject
from contracts.items import Item

from crm_api.bookings.booking import Booking, Clash
from crm_api.inside.signalling import Road, signal
from crm_api.record.lines import Line
from crm_api.store import bookings as store
from crm_api.store import lines as stored_lines

BOOKED = "resource.booked"


async def book(tx: Transaction, booking: Booking, item: Item, road: Road) -> None:
    """Book a resource for an item, and tell triggers; raises `Clash` where it is taken."""
    await store.in_turn(tx, [booking.resource])
    await require_free(tx, booking)
    await store.add(tx, booking)
    await note(tx, booking, "booked", road)
    await signal(tx, road, BOOKED, of=booking.id, item=item, payload=told(booking))


async def move(tx: Transaction, before: Booking, after: Booking, road: Road) -> None:
    """Move a locked booking to another time or resource; raises `Clash` where that is taken."""
    await store.in_turn(tx, [before.resource, after.resource])
    await require_free(tx, after)
    await store.move(tx, after)
    await note(tx, after, "rebooked", road)


async def cancel(tx: Transaction, booking: Booking, road: Road) -> Booking:
    """Cancel a locked booking."""
    now = await tx.now()
    await store.cancel(tx, booking.id, now)
    await note(tx, booking, "booking_cancelled", road)
    return booking.model_copy(update={"cancelled_at": now})


async def require_free(tx: Transaction, booking: Booking) -> None:
    """Refuse a time that another booking has; raises `Clash`."""
    found = await store.during(tx, booking.resource, (booking.starts_at, booking.ends_at), 2)
    in_the_way = next((one for one in found if one.id != booking.id), None)
    if in_the_way is not None:
        raise Clash(in_the_way)


async def note(tx: Transaction, booking: Booking, kind: str, road: Road) -> None:
    """Write onto the item's timeline what became of a booking."""
    cause = road[1]
    body = {**told(booking), "actor": cause.actor, "correlation": str(cause.correlation)}
    await stored_lines.add(tx, [Line(booking.item, await tx.now(), kind, body)])


def told(booking: Booking) -> JsonObject:
    """Give what the timeline and triggers are told of a booking."""
    when = {"starts_at": booking.starts_at.isoformat(), "ends_at": booking.ends_at.isoformat()}
    return {"booking": str(booking.id), "resource": booking.resource, **when}
