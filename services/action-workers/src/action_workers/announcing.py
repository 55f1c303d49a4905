"""Saying what became of effects, in the transaction that changed them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.envelope import Cause, Envelope
from contracts.messages import Message
from contracts.outcomes import EffectState

from action_workers.actions import ACTIONS
from action_workers.effect import Effect

ACTOR = "service:action-workers"


class Announcer:
    """Puts outcomes on `actions.outcomes`; that an attempt begins is told to nobody, its end says it.

    That it was sent is a signal too, where the action says so; under the same id however often it is told.
    """

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    async def announce(self, tx: Transaction, effects: Iterable[Effect]) -> None:
        """Announce rows after an attempt, or the end of one."""
        await self.outbox.publish(tx, [m for e in effects if is_told(e) for m in self._messages(e, e.cause)])

    async def announce_after(self, tx: Transaction, changes: Iterable[tuple[Effect, Envelope]]) -> None:
        """Announce rows, each after the message that changed it."""
        await self.outbox.publish(
            tx,
            [
                message
                for e, envelope in changes
                if is_told(e)
                for message in self._messages(e, replace(e.cause, causation=envelope.id, actor=envelope.cause.actor))
            ],
        )

    def _messages(self, effect: Effect, cause: Cause) -> Iterator[Message]:
        about = About(at=effect.at, cause=cause, persons=effect.persons)
        yield self.outbox.message(topics.OUTCOMES, effect.item, effect.outcome(), about)
        action = ACTIONS.get(effect.action)
        if action is not None and action.told is not None and effect.state in ACCEPTED:
            signal = action.told(effect)
            yield self.outbox.message(topics.SIGNALS, effect.item, signal, replace(about, id=signal.id))


ACCEPTED: frozenset[EffectState] = frozenset({"sent", "confirmed"})
QUIET: frozenset[EffectState] = frozenset({"claimed"})


def is_told(effect: Effect) -> bool:
    """Say whether a row's state is news: not while it is attempted, nor while it has only been ordered.

    That it is put off before its first attempt is news, with the reason. What this service ordered of itself belongs to
    no execution: the rows that it is about tell of it.
    """
    if effect.execution == effect.id or effect.state in QUIET:
        return False
    return not (effect.state == "planned" and effect.attempts == 0 and not effect.reason)
