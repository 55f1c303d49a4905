"""Replays: a kept delivery goes through the normaliser as it is now, under the same id or as a new delivery."""

from dataclasses import replace

from chassis.database import Transaction
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.data import Part

from trigger_gateway.deliveries import Arrival, Deliveries
from trigger_gateway.kept.reading import AS_NEW, Reader, Tells, knock_of
from trigger_gateway.store import kept as stored_kept
from trigger_gateway.store.kept import Whole


class Replayed(Part):
    """What a replay announced; under its old id, an item that the signal reached before is not reached again."""

    delivery: str
    as_new: bool
    tells: Tells


async def replay(tx: Transaction, deliveries: Deliveries, reader: Reader, whole: Whole, *, as_new: bool) -> Replayed:
    """Replay a delivery; raises a problem where it cannot be read, or its id stands for another delivery."""
    if whole.outcome == "quarantined" and not as_new:
        words = "Its id stands for another delivery. Replay it with as_new: true, if it is to be one of its own."
        raise Problem(409, "It was set aside", detail=words)
    knock = knock_of(whole)
    told = reader.read_as(knock, whole.delivery)
    told = replace(told, delivery=f"{whole.delivery}{AS_NEW}{new_id()}" if as_new else whole.delivery)
    source = reader.setup.source
    arrival = deliveries.arrival(source, told, knock, whole.received_at)
    if as_new:
        delivery = replace(arrival.delivery, received_at=await tx.now())
        await deliveries.take_all(tx, [Arrival(delivery, arrival.signal)])
    else:
        await stored_kept.read_again(tx, whole.id, arrival.delivery)
        # Who keeps addresses does not know a word by its id: said twice it would outdo what was said since.
        heard = arrival.delivery.digest == whole.digest
        await deliveries.announce(tx, [replace(arrival, reports=(), words=()) if heard else arrival])
    return Replayed(delivery=told.delivery, as_new=as_new, tells=reader.tells(told, whole.received_at))
