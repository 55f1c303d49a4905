"""The events of one transaction's changes: put on their way, and kept in the journal as they are published."""

from collections.abc import Iterable
from datetime import datetime

from chassis.database import Transaction
from chassis.outbox import About, Outbox, Parcel
from contracts import topics
from contracts.envelope import Cause
from contracts.items import ItemEvent

from crm_api.record import journal
from crm_api.record.items import persons
from crm_api.store import journal as stored_journal


async def publish(tx: Transaction, outbox: Outbox, events: Iterable[ItemEvent], cause: Cause, now: datetime) -> None:
    """Publish events of items, each with its cause and the contacts whose data it holds."""
    parcels: list[Parcel] = []
    entries: list[journal.Entry] = []
    for event in events:
        about = About(at=now, cause=cause, persons=persons(event.item, event.linked))
        message = outbox.message(topics.ITEMS, event.item.id, event, about)
        parcel = outbox.parcel(message)
        parcels.append(parcel)
        entries.append(journal.entry(message.envelope, message.key, parcel.value, now))
    await stored_journal.write(tx, entries)
    await outbox.put(tx, parcels)
