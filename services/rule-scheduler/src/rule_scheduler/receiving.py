"""The role `consume`: a batch of records becomes one desk, and the desk one transaction.

1. How far each partition is known to be published is kept.
2. The copies of all items of the batch, and of what they link to, are locked in the order of their ids.
3. What is planned of them is read after the locks; then each record is taken in its order, in memory.
4. All that changed is written at the end.
"""

from collections.abc import Sequence
from uuid import UUID

from aiokafka.structs import ConsumerRecord
from automation.desk.copies import concerned
from automation.desk.desk import Desk
from automation.desk.handlers import HANDLERS
from chassis import freshness
from chassis.database import Transaction
from chassis.handling import Reader
from chassis.received import Reads, Received
from contracts import topics
from contracts.items import CommandCompleted, ItemEvent, RelayProgress

from rule_scheduler import store
from rule_scheduler.load import Load
from rule_scheduler.reading import Room
from rule_scheduler.writing import write

# Batches that are taken at once: while the database writes one, this process decides another.
LANES = 2
# What a dead record of this type would have told is not how its item stands.
NO_ITEM = frozenset({CommandCompleted.TYPE, RelayProgress.TYPE})


class Receiving:
    """Takes what crm-api, workers and people say."""

    def __init__(self, room: Room, load: Load) -> None:
        self.room = room
        self.load = load

    def reader(self) -> Reader:
        """Give the reader of this role."""
        return Reader(
            group="rule-scheduler.consume",
            topics=(topics.ITEMS, topics.OUTCOMES, topics.ORDERS),
            reads=Reads.of((*HANDLERS, RelayProgress)),
            handle=self.take,
            on_dead=self.mark_unread,
            lanes=LANES,
        )

    async def take(self, tx: Transaction, batch: Sequence[Received]) -> None:
        """Take a batch in one transaction."""
        await freshness.note(tx, batch)
        records = [received for received in batch if type(received.data) in HANDLERS]
        if not records:
            return
        with self.load.urgent():
            desk = await self.lay(tx, records)
            for received in records:
                HANDLERS[type(received.data)](desk, received)
            await write(tx, self.room, desk)

    async def lay(self, tx: Transaction, records: Sequence[Received]) -> Desk:
        """Lock and read what these records are about."""
        events = [r.data for r in records if isinstance(r.data, ItemEvent)]
        others = [r.data for r in records if not isinstance(r.data, ItemEvent)]
        copies = await store.copies.lock(tx, concerned(events) | {data.item for data in others})
        return await self.room.desk(
            tx,
            copies,
            activations={event.item.activation for event in events},
            executions={data.execution for data in others},
        )

    async def mark_unread(self, tx: Transaction, record: ConsumerRecord) -> None:
        """Hold back all of an item whose announcement could not be read, until a later one can."""
        kind = next((value.decode(errors="replace") for name, value in record.headers if name == "ce_type"), "")
        item = item_of(record.key)
        if record.topic == self.room.outbox.kafka.named(topics.ITEMS.name) and item and kind not in NO_ITEM:
            await store.copies.mark_unread(tx, item, record.offset)


def item_of(key: bytes | None) -> UUID | None:
    """Read the item that a record is about, None where its key names none."""
    try:
        return UUID((key or b"").decode())
    except ValueError:
        return None
