"""What a signal says about consent: the boxes of a form that were ticked, a link that unsubscribes."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from contracts.consents import CONSENTS, ConsentSaid
from contracts.items import Item
from contracts.signals import Signal
from pydantic import ValidationError

from crm_api.intake.contacts import CONTACT
from crm_api.record.changing import Changes
from crm_api.record.consenting import Told, say
from crm_api.store import consents as store

SAYS = {"consent.refused": "refused", "consent.given": "given"}
MOST = 50


def said(signal: Signal, knowledge: Knowledge) -> tuple[ConsentSaid, ...]:
    """Read what a signal says; only forms of our own and signals of consent say anything."""
    if signal.kind in SAYS:
        return tuple(_read({**_words(signal), "channel": signal.payload.get("channel"), "state": SAYS[signal.kind]}))
    source = knowledge.sources.get(signal.source)
    written = signal.payload.get(CONSENTS)
    if source is None or source.kind != "form" or not isinstance(written, list):
        return ()
    return tuple(one for each in written[:MOST] for one in _read(each))


async def record(changes: Changes, signal: Signal, spoken: tuple[ConsentSaid, ...], contacts: set[UUID]) -> None:
    """Write down what a signal says for the contacts that it concerns, in the transaction that applies it."""
    locked = await changes.lock(contacts)
    told = Told(signal.source, changes.cause.actor, signal.id)
    for contact in (changes.item(id_) for id_ in sorted(locked)):
        if contact.type == CONTACT and not contact.deleted and await counts(changes, signal, contact):
            await say(changes, contact, spoken, told)


async def counts(changes: Changes, signal: Signal, contact: Item) -> bool:
    """Say whether a word counts for a contact: one that only lifts another, where that is the last that was said."""
    lifted = signal.payload.get("lifts")
    if not lifted:
        return True
    last = await store.last(changes.tx, contact.id, str(signal.payload.get("channel")))
    return last is not None and last.state == "refused" and last.text == lifted


def named(signal: Signal) -> UUID | None:
    """Give the contact that a signal of consent names, None where it names none."""
    written = signal.payload.get("contact") if signal.kind in SAYS else None
    try:
        return UUID(str(written)) if written else None
    except ValueError:
        return None


def _words(signal: Signal) -> dict[str, Any]:
    return {key: str(signal.payload.get(key, ""))[:100] for key in ("text", "version")}


def _read(written: Any) -> Iterator[ConsentSaid]:
    try:
        yield ConsentSaid.model_validate(written)
    except ValidationError:
        return
