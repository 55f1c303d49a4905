"""Lets a person decide a signal that found nobody: for an item, for a new one, or not at all; once."""

from dataclasses import dataclass
from uuid import UUID

from chassis.outbox import About
from contracts import topics
from contracts.commands import ApplySignal, Creation, Nobody

from crm_api.fields import FieldError
from crm_api.intake.applying import Applying
from crm_api.intake.contacts import normalised
from crm_api.record.changing import Changes
from crm_api.record.items import ItemGone, ItemUnknown
from crm_api.store import signals as store
from crm_api.store.signals import Decision


class NotHeld(Exception):
    """The signal does not wait for a person; says what became of it."""


class SignalUnknown(LookupError):
    """No signal has this id."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: an item that the signal is about, or something to make of it; neither ignores it."""

    item: UUID | None = None
    create: Creation | None = None


async def release(changes: Changes, signal: UUID, choice: Choice) -> tuple[Decision, list[UUID]]:
    """Decide a held signal, and give what became of it and whom it reached; the caller announces the changes.

    Raises `SignalUnknown`, `NotHeld` where somebody was faster, and what is wrong with the item or what is to be made.
    """
    command = await held(changes, signal)
    await changes.begin()
    about = About(at=changes.now, cause=changes.cause)
    envelope = changes.outbox.message(topics.COMMANDS, signal, command, about).envelope
    applying = Applying(changes, chosen(command, choice), envelope)
    decision = await decided(applying, choice)
    await applying.consent()
    await applying.converse()
    items = [told["item"] for told in applying.told]
    await store.release(changes.tx, signal, decision, items, about.at)
    await applying.write(decision)
    return decision, items


async def held(changes: Changes, signal: UUID) -> ApplySignal:
    """Take the locks of a signal that waits, and give its command."""
    waiting = await store.waiting(changes.tx, signal)
    if waiting is None:
        raise SignalUnknown(f"there is no signal {signal}")
    decision, kept = waiting
    if decision != "held" or kept is None:
        raise NotHeld(f"it was decided already: {decision}")
    command = ApplySignal.model_validate(kept)
    known = normalised(command.signal.identities, changes.knowledge.portal.country)
    await store.lock(changes.tx, [f"{i.kind}:{i.value}" for i in known])
    return command


def chosen(command: ApplySignal, choice: Choice) -> ApplySignal:
    """Give the command as the person chose: it is never held once more."""
    nobody = Nobody(do="create", create=choice.create) if choice.create else Nobody(do="ignore")
    signal = command.signal.model_copy(update={"binding": choice.item}) if choice.item else command.signal
    return command.model_copy(update={"signal": signal, "nobody": nobody})


async def decided(applying: Applying, choice: Choice) -> Decision:
    """Do what the person chose."""
    if choice.item is not None:
        await there(applying.changes, choice.item)
        return await applying.decide()
    return await applying.create() if choice.create else "ignored"


async def there(changes: Changes, item: UUID) -> None:
    """Lock the item that was chosen; raises what is wrong with it."""
    found = (await changes.lock([item])).get(item)
    if found is None:
        raise ItemUnknown(item)
    if found.deleted:
        raise ItemGone(item)
    if not found.pipeline:
        raise FieldError("item", f"no trigger moves items of type {found.type!r}", "send an item that has a stage")
