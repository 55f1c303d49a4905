"""Applies a signal to the record in memory: whom it reaches, and the one move of each, as crm-api decides it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from automation.facts import Facts
from automation.triggers import fitting
from contracts.commands import FittingTrigger
from contracts.items import Item
from contracts.signals import Sets, Signal

from crm_api.fields import FieldError
from crm_api.intake import contacts, signals, visits
from crm_api.intake.signals import Found, Reached
from crm_api.simulation.settling import Windows
from crm_api.simulation.turn import Turn

MOST_ITEMS = 100


def apply(turn: Turn, signal: Signal, windows: Windows) -> tuple[bool, list[UUID]]:
    """Apply a signal, or gather it in `windows`.

    Says whether anything was reached that leaves nothing to be made, with the contacts that it names.
    """
    known, near = find(turn, signal)
    found = visits.watched(signal.kind, near, lambda item: list(turn.record.linked(item)))
    before = {item.id: item for item in found.items}
    set_stage = set_first(turn, signal, found)
    now = Found(tuple(turn.open(item.id).item for item in found.items), found.bound)
    moved = [
        move(turn, signal, reached, before[reached.item], windows, already=reached.item == set_stage)
        for reached in signals.reach(now, fitting(signal, turn.knowledge), turn.knowledge)
    ]
    settled = found.bound or any(moved) or any(signals.is_open(item, turn.knowledge) for item in found.items)
    return settled, known


def find(turn: Turn, signal: Signal) -> tuple[list[UUID], Found]:
    """Find the items that a signal may concern, as crm-api finds them."""
    bound = turn.record.item(signal.binding) if signal.binding else None
    if bound is None or bound.deleted:
        named = contacts.normalised(signal.identities, turn.knowledge.portal.country)
        known = turn.record.contacts((i.kind, i.value) for i in named)
        return known, of_contacts(turn, known)
    if bound.type == contacts.CONTACT:
        return [bound.id], of_contacts(turn, [bound.id])
    return [], around(turn, bound)


def around(turn: Turn, bound: Item) -> Found:
    """Find what a signal may concern that is bound to an item: that one, and those that are linked to it."""
    linked = {item.id: item for item in (*turn.record.linked(bound), *turn.record.linking(bound.id))}
    near = newest(item for item in linked.values() if item.pipeline)
    return Found(tuple(newest((bound, *near[:MOST_ITEMS]))), bound=True)


def of_contacts(turn: Turn, known: Iterable[UUID]) -> Found:
    """Find what a signal may concern that names contacts: their items, open ones before others."""
    of = {item.id: item for contact in known for item in turn.record.linking(contact) if item.pipeline}
    opened = sorted(newest(of.values()), key=lambda item: not signals.is_open(item, turn.knowledge))
    return Found(tuple(newest(opened[:MOST_ITEMS])))


def newest(items: Iterable[Item]) -> list[Item]:
    """Give items that are there, the newest first."""
    return sorted((i for i in items if not i.deleted), key=lambda i: (i.created_at, i.id), reverse=True)


def set_first(turn: Turn, signal: Signal, found: Found) -> UUID | None:
    """Set what the source sets on the item that a signal is bound to; gives the item where that moved it."""
    sets, binding = signal.sets, signal.binding
    if sets is None or binding is None or all(item.id != binding for item in found.items):
        return None
    before = turn.open(binding).item
    try:
        set_all(turn, binding, sets, f"{signal.kind} from {signal.source}")
    except FieldError:
        return None
    return binding if turn.open(binding).item.activation != before.activation else None


def set_all(turn: Turn, item: UUID, sets: Sets, why: str) -> None:
    """Set fields and stage of an item; raises `FieldError`."""
    if sets.fields:
        turn.set_fields(item, sets.fields, why)
    if sets.stage:
        turn.move(item, "", sets.stage, why)


def move(turn: Turn, signal: Signal, reached: Reached, before: Item, windows: Windows, *, already: bool) -> bool:
    """Choose and make the one move of an item, and tell it of the signal; says whether it moved or waits."""
    item = turn.open(reached.item).item
    seen = signals.seen(signal, moved=already, why_not="")
    facts = Facts(item, turn.record.linked(item), turn.knowledge, signal=seen, before=before, now=turn.now)
    waits, at_once = signals.parted(item, reached, turn.knowledge)
    windows.gather(turn, before, waits, seen)
    choice = signals.decide(facts, at_once)
    why_not, moved = signals.why_not(choice, waits), already
    if choice.chosen is not None:
        refusal = turn.move(item.id, "", choice.chosen.stage, why(turn, choice.chosen, signal))
        moved, why_not = not refusal or already, signals.LOOP
    turn.signalled(item.id, signals.seen(signal, moved=moved, why_not=why_not))
    return moved or bool(waits)


def why(turn: Turn, fit: FittingTrigger, signal: Signal) -> str:
    """Say which trigger moves an item."""
    trigger = signals.trigger_of(fit, turn.knowledge)
    return f"trigger {trigger.key if trigger else fit.id} on {signal.kind}"


def reached(turn: Turn, signal: Signal, items: Sequence[UUID]) -> None:
    """Tell items that were made for a signal of it."""
    for id_ in items:
        if turn.draft(id_) is not None:
            turn.signalled(id_, signals.seen(signal, moved=True, why_not=""))
