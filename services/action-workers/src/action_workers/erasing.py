"""Erases a person here: what effects and their attempts hold of them; that something was sent, and when, stays."""

from chassis import erasure
from chassis.database import Transaction
from chassis.outbox import Outbox
from contracts.config import ConfigChanged, Erasure

from action_workers import ledger, store
from action_workers.announcing import Announcer

REASON = "the person was erased"


class Erasing:
    """Erases people in the ledger."""

    def __init__(self, outbox: Outbox) -> None:
        self.announcer = Announcer(outbox)

    async def erase(self, tx: Transaction, change: ConfigChanged) -> None:
        """Erase the person that a record names; once more does no harm, and repairs a restored backup.

        What has not been sent is cancelled: it has nobody to reach.
        """
        erased: Erasure = change.record()
        await erasure.entomb(tx, erased)
        items = [erased.contact, *erased.items]
        await store.erase(tx, erased.contact, items)
        now = await tx.now()
        waiting = await store.lock_unsent(tx, erased.contact, items)
        withdrawn = [ledger.withdrawn(effect, REASON, now, now) for effect in waiting]
        changed = [effect for effect in withdrawn if effect is not None]
        await store.save(tx, changed)
        await self.announcer.announce(tx, changed)
