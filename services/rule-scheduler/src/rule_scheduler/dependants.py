"""Items that wait for dates of other items: when those change, each is computed afresh under its own lock."""

from collections.abc import Collection, Sequence
from uuid import UUID

from automation.desk.replanning import replan_item
from chassis.database import Transaction
from chassis.timers import Timer

from rule_scheduler import store
from rule_scheduler.reading import Room
from rule_scheduler.writing import write


class Dependants:
    """Takes the timers that name items to compute afresh; many are worked off in batches, and a crash loses none."""

    def __init__(self, room: Room) -> None:
        self.room = room

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """Take the items that nobody else holds; the payload says why in words."""
        copies = await store.copies.lock_free(tx, [timer.id for timer in timers])
        desk = await self.room.desk(tx, copies)
        for timer in timers:
            if timer.id in copies:
                replan_item(desk, timer.id, timer.payload.decode())
        await write(tx, self.room, desk)
        return copies.keys()
