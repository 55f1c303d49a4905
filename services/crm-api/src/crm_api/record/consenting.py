"""Consents written down: what was said, and what holds now, which is part of the contact and travels with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.ids import new_id
from contracts.consents import CONSENTS, ConsentSaid
from contracts.items import Item

from crm_api import consents
from crm_api.consents import Consent
from crm_api.record.changing import Changes
from crm_api.store import consents as store


@dataclass(frozen=True, slots=True)
class Told:
    """By which door something was said, who wrote it down, and the signal that told it."""

    source: str
    said_by: str
    signal: UUID | None = None


async def say(changes: Changes, contact: Item, said: Sequence[ConsentSaid], told: Told) -> None:
    """Write down what a locked contact said; what held already is said once more, and changes nothing else."""
    held = contact.fields.get(CONSENTS) or {}
    states = consents.after(held, tuple(said))
    if states != held:
        changes.keep(contact.id, CONSENTS, states or None, f"consent: {told.source}")
    rows = [
        Consent(
            id=new_id(),
            contact=contact.id,
            source=told.source,
            said_by=told.said_by,
            signal=told.signal,
            at=changes.now,
            **one.model_dump(),
        )
        for one in said
    ]
    await store.add(changes.tx, rows)


async def merge(changes: Changes, this: Item, other: Item) -> None:
    """Let one contact have said what both did; a refusal of either holds."""
    mine, theirs = (item.fields.get(CONSENTS) or {} for item in (this, other))
    if theirs:
        changes.keep(this.id, CONSENTS, consents.together(mine, theirs), f"merged with {other.title or other.id}")
    await store.inherit(changes.tx, this.id, other.id)
