"""Signals that the record gives by itself: a document was made, a resource was booked."""

from uuid import UUID

from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts import ids, topics
from contracts.data import JsonObject
from contracts.envelope import Cause
from contracts.items import Item
from contracts.signals import Signal

SOURCE = "crm-api"
Road = tuple[Outbox, Cause]


async def signal(tx: Transaction, road: Road, kind: str, *, of: UUID, item: Item, payload: JsonObject) -> None:
    """Tell triggers what happened to an item, once for the thing `of` which it tells."""
    outbox, cause = road
    now, id_ = await tx.now(), ids.inside_signal_id(of, kind)
    place = {"item": str(item.id), "type": item.type, "pipeline": item.pipeline, "stage": item.stage}
    told = Signal(id=id_, kind=kind, source=SOURCE, happened_at=now, binding=item.id, payload={**place, **payload})
    about = About(at=now, cause=cause, id=id_)
    await outbox.publish(tx, [outbox.message(topics.SIGNALS, item.id, told, about)])
