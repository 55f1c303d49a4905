"""Claims whose time is over: the process that made them died, or lost the answer."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from chassis.outbox import Outbox
from chassis.retry import Pauses
from chassis.timers import Timer

from action_workers import ledger, store
from action_workers.announcing import Announcer
from action_workers.answers import Unknown
from action_workers.effect import Effect

LOST = Unknown("the worker stopped while it was being sent; nobody knows whether it was")
AGAIN = Pauses(first=0.5, longest=60.0)


def lane(kind: str) -> str:
    """Give the timers' lane in which the claims of a kind end."""
    return f"claims.{kind}"


class StaleClaims:
    """Takes what is claimed for too long as not answered: `uncertain`, or tried again where that does no harm."""

    def __init__(self, outbox: Outbox) -> None:
        self.announcer = Announcer(outbox)

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """End stale claims; one whose answer is just being recorded stays due."""
        now = await tx.now()
        ids = [timer.id for timer in timers]
        stale = await store.lock_stale(tx, ids, now)
        ended = [after for effect in stale if (after := self._ended(effect, now)) is not None]
        held = await store.held_claims(tx, ids) - {effect.id for effect in ended}
        await store.move(tx, ended)
        await self.announcer.announce(tx, ended)
        return set(ids) - held

    def _ended(self, effect: Effect, now: datetime) -> Effect | None:
        if effect.state == "awaited":
            return ledger.overdue(effect, now)
        return ledger.answered(effect, effect.attempts, LOST, now, pauses=AGAIN)
