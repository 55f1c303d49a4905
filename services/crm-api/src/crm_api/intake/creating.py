"""Makes what a source asks for where nobody is found: an item in the stage that it names, and its contact."""

from collections.abc import Sequence
from uuid import UUID

from contracts.commands import Creation
from contracts.items import Item, Link
from contracts.signals import Identity, Signal

from crm_api.fields import LONGEST_STRING, FieldError
from crm_api.intake.contacts import CONTACT, new_contact, titled
from crm_api.intake.payloads import Filled, filled, mapped, title
from crm_api.record.attaching import missing_files
from crm_api.record.changing import Changes
from crm_api.record.uniqueness import held_already
from crm_api.store import items as stored_items


async def create(
    changes: Changes, signal: Signal, creation: Creation, identities: Sequence[Identity], known: Sequence[UUID]
) -> Item:
    """Make the item, linked to the first of the contacts that are known, else to a new one.

    Raises `FieldError` where the source names a type, pipeline or stage that is not there.
    """
    why = f"{signal.kind} from {signal.source}"
    contact = await known_contact(changes, known) or await make_contact(changes, signal, creation, identities)
    values = mapped(signal.payload, creation.fields)
    read = await accepted(changes, creation.type, filled(changes.knowledge, creation.type, values))
    titles = (title(changes.knowledge, signal, creation), values.get("title"), contact and contact.title, signal.kind)
    item = await changes.create(
        type=creation.type,
        pipeline=creation.pipeline,
        stage=creation.stage,
        title=next(str(one) for one in titles if one)[:LONGEST_STRING],
        fields=read.fields,
        links=[Link(role=CONTACT, type=CONTACT, id=contact.id)] if contact else (),
        why=why,
    )
    note_unread(changes, item.id, read.unread)
    return item


async def known_contact(changes: Changes, known: Sequence[UUID]) -> Item | None:
    """Give the first contact that is still there."""
    found = await stored_items.load(changes.tx, known[:1])
    return next((one.item for one in found.values() if not one.item.deleted), None)


async def make_contact(
    changes: Changes, signal: Signal, creation: Creation, identities: Sequence[Identity]
) -> Item | None:
    """Make the contact that the signal tells of, None where it tells of nobody."""
    known = changes.knowledge.fields(CONTACT)
    values = new_contact(signal, creation, identities, known.values())
    if not values:
        return None
    read = await accepted(changes, CONTACT, filled(changes.knowledge, CONTACT, values))
    contact = await changes.create(
        type=CONTACT, title=titled(values), fields=read.fields, why=f"{signal.kind} from {signal.source}"
    )
    note_unread(changes, contact.id, read.unread)
    return contact


async def accepted(changes: Changes, type_: str, read: Filled) -> Filled:
    """Leave out what the database would refuse: values that another item holds alone, files that are not kept."""
    tx, knowledge = changes.tx, changes.knowledge
    refused = {
        **await missing_files(tx, knowledge, type_, read.fields),
        **await held_already(tx, knowledge, type_, read.fields),
    }
    kept = {key: value for key, value in read.fields.items() if key not in refused}
    return Filled(kept, (*read.unread, *refused.values()))


def note_unread(changes: Changes, item: UUID, unread: Sequence[FieldError]) -> None:
    """Write down which values no field could hold, and how to mend it."""
    for error in unread:
        changes.note(item, "unread", {"field": error.field, "problem": error.problem, "fix": error.fix})
