"""Triggers with a settle window: signals are gathered until their item has been quiet, then weighed together, once.

What is gathered is kept in the transaction that applies the signal, and so is the timer: neither a crash nor a second
replica loses or doubles it, and a repeated delivery, which is no signal, prolongs nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from automation.settle_windows import Gathering, evaluate, window_of
from chassis.config_copy import ConfigCopy
from chassis.database import Transaction
from chassis.outbox import Outbox
from chassis.timers import Timer
from contracts.commands import FittingTrigger
from contracts.items import Item, SignalSeen

from crm_api.intake import signals
from crm_api.record.changing import Changes
from crm_api.store import settling as store
from crm_api.store.settling import Kept


@dataclass(frozen=True, slots=True)
class Waiting:
    """One signal for a trigger that waits; `before` is the item before the signal."""

    before: Item
    fit: FittingTrigger
    signal: SignalSeen


async def gather(changes: Changes, waits: Sequence[Waiting]) -> None:
    """Gather a signal for triggers that wait until their locked items are quiet."""
    if not waits:
        return
    known = {(one.item, one.gathering.fit): one for one in await store.load(changes.tx, {w.before.id for w in waits})}
    joined = {}
    for one in waits:
        key = (one.before.id, one.fit)
        if kept := join(changes, one, known.get(key)):
            joined[key] = kept
    await store.keep(changes.tx, list(joined.values()))
    await store.look_at(changes.tx, first_due((known | joined).values()))


def join(changes: Changes, one: Waiting, before: Kept | None) -> Kept | None:
    """Give a gathering with one signal more, begun and noted where there was none; None for a trigger that is gone."""
    trigger = signals.trigger_of(one.fit, changes.knowledge)
    window = window_of(trigger) if trigger else None
    if trigger is None or trigger.settle is None or window is None:
        return None
    if before is None:
        told = {"trigger": trigger.key, "stage": one.fit.stage, "on": trigger.on, **trigger.settle.model_dump()}
        changes.note(one.before.id, "settling", told)
    began = before.gathering if before else Gathering(one.fit, one.before, changes.now, changes.now)
    return Kept(one.before.id, began.joined(one.signal, window, changes.now), changes.cause)


def first_due(kept: Iterable[Kept]) -> dict[UUID, datetime]:
    """Give when each item is to be looked at next."""
    moments: dict[UUID, datetime] = {}
    for one in kept:
        moments[one.item] = min(one.gathering.due_at, moments.get(one.item, one.gathering.due_at))
    return moments


class Settled:
    """Decides what was gathered of items that have been quiet."""

    def __init__(self, config: ConfigCopy[Knowledge], outbox: Outbox) -> None:
        self.config = config
        self.outbox = outbox

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """Decide what is due of each item; one that is just being changed stays due."""
        items = await store.lock(tx, [timer.id for timer in timers])
        kept = await store.load(tx, items)
        knowledge, now = await self.config.view(tx), await tx.now()
        for item in items:
            due = [one for one in kept if one.item == item and one.gathering.due_at <= now]
            if due:
                await store.drop(tx, item, now)
                await decide(Changes(tx, knowledge, due[-1].cause, self.outbox), item, [one.gathering for one in due])
        later = first_due(one for one in kept if one.gathering.due_at > now)
        await store.look_at(tx, later)
        return set(items) - later.keys()


async def decide(changes: Changes, item_id: UUID, due: Sequence[Gathering]) -> None:
    """Choose and make the one move of an item from all that was gathered until now; a deleted one has none."""
    item = (await changes.lock([item_id])).get(item_id)
    if item is None or item.deleted:
        return
    choice = evaluate(item, changes.linked(item_id), changes.knowledge, due, changes.now)
    of = {one.fit: one for one in due}
    for one in due:
        changes.note(item_id, "settled", told(one, changes.knowledge))
    for fit, why in choice.not_chosen:
        key, on = named(fit, changes.knowledge)
        changes.note(item_id, "not_chosen", {"trigger": key, "stage": fit.stage, "why": why, "on": on})
    if choice.chosen is not None:
        key, on = named(choice.chosen, changes.knowledge)
        count = len(of[choice.chosen].signals)
        changes.move(item_id, choice.chosen.stage, f"trigger {key} on {on}, quiet after {count}")
    await changes.announce()


def told(gathering: Gathering, knowledge: Knowledge) -> dict[str, Any]:
    """Say what was gathered."""
    fit = gathering.fit
    key, on = named(fit, knowledge)
    said = {"trigger": key, "stage": fit.stage, "on": on, "signals": len(gathering.signals)}
    gone = signals.trigger_of(fit, knowledge) is None
    return {**said, "since": gathering.began_at.isoformat(), **({"gone": True} if gone else {})}


def named(fit: FittingTrigger, knowledge: Knowledge) -> tuple[str, str]:
    """Give a trigger's key, and what it listens to."""
    trigger = signals.trigger_of(fit, knowledge)
    return (trigger.key, trigger.on) if trigger else (str(fit.id), "")
