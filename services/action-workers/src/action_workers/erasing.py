"""Erases a person here: what effects and their attempts hold of them; that something was sent, and when, stays."""

from chassis import erasure
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.outbox import Outbox
from contracts.config import ConfigChanged, Erasure
from contracts.envelope import Cause

from action_workers import ledger, store
from action_workers.announcing import ACTOR, Announcer
from action_workers.memberships import keeping
from action_workers.memberships.orders import Why
from action_workers.reach import store as reach_store

REASON = "the person was erased"


class Erasing:
    """Erases people in the ledger."""

    def __init__(self, outbox: Outbox) -> None:
        self.announcer = Announcer(outbox)

    async def erase(self, tx: Transaction, change: ConfigChanged) -> None:
        """Erase the person that a record names; once more does no harm, and repairs a restored backup.

        What has not been sent is cancelled: it has nobody to reach. They leave the audiences that they are in.
        """
        erased: Erasure = change.record()
        await erasure.entomb(tx, erased)
        items = [erased.contact, *erased.items]
        await store.erase(tx, erased.contact, items)
        await reach_store.erase(tx, erased.contact)
        now = await tx.now()
        waiting = await store.lock_unsent(tx, erased.contact, items)
        withdrawn = [ledger.withdrawn(effect, REASON, now, now) for effect in waiting]
        changed = [effect for effect in withdrawn if effect is not None]
        why = Why(REASON, Cause(new_id(), new_id(), actor=ACTOR), now)
        removals = await keeping.erase(tx, erased.contact, why)
        await store.save(tx, [*changed, *removals.fresh.values()])
        await self.announcer.announce(tx, changed)
