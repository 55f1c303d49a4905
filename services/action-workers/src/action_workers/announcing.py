"""Saying what became of effects, in the transaction that changed them."""

from collections.abc import Iterable
from dataclasses import replace

from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.envelope import Cause, Envelope
from contracts.messages import Message
from contracts.outcomes import EffectState

from action_workers.effect import Effect

ACTOR = "service:action-workers"


class Announcer:
    """Puts outcomes on `actions.outcomes`; that an attempt begins is told to nobody, its end says it."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    async def announce(self, tx: Transaction, effects: Iterable[Effect]) -> None:
        """Announce rows after an attempt, or the end of one."""
        await self.outbox.publish(tx, [self._message(e, e.cause) for e in effects if is_told(e)])

    async def announce_after(self, tx: Transaction, changes: Iterable[tuple[Effect, Envelope]]) -> None:
        """Announce rows, each after the message that changed it."""
        await self.outbox.publish(
            tx,
            [
                self._message(e, replace(e.cause, causation=envelope.id, actor=envelope.cause.actor))
                for e, envelope in changes
                if is_told(e)
            ],
        )

    def _message(self, effect: Effect, cause: Cause) -> Message:
        about = About(at=effect.at, cause=cause, persons=effect.persons)
        return self.outbox.message(topics.OUTCOMES, effect.item, effect.outcome(), about)


QUIET: frozenset[EffectState] = frozenset({"claimed"})


def is_told(effect: Effect) -> bool:
    """Say whether a row's state is news: not while it is attempted, nor while it has only been ordered."""
    return effect.state not in QUIET and not (effect.state == "planned" and effect.attempts == 0)
