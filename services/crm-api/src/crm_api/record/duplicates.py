"""Who is there twice: found by the same phone or email, in their one form."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.elements import ElementField, ElementType
from contracts.items import Item
from contracts.signals import Identity

from crm_api.fields import FieldError, identities, read_fields
from crm_api.intake.contacts import CONTACT, IDENTITY_FIELDS
from crm_api.lists.keys import key
from crm_api.record.changing import Changes
from crm_api.store import duplicates as store
from crm_api.store import signals as stored_signals
from crm_api.store.duplicates import Part, Sought


def known_by(knowledge: Knowledge, values: Mapping[str, Any]) -> tuple[Identity, ...]:
    """Give by which phones and emails a contact with these values would be known; what is none is left out."""
    type_ = knowledge.types.get(CONTACT)
    if type_ is None:
        return ()
    read: dict[str, Any] = {}
    for field in identity_fields(type_):
        if field.key in values:
            try:
                read |= read_fields(knowledge, CONTACT, {field.key: values[field.key]})
            except FieldError:
                continue
    return tuple(Identity(kind=kind, value=value) for kind, value in sorted(identities(type_, read), reverse=True))


async def hold(changes: Changes, values: Mapping[str, Any]) -> tuple[Identity, ...]:
    """Hold what a contact would be known by until the end of the transaction, and give it."""
    known = known_by(changes.knowledge, values)
    if known:
        await stored_signals.lock(changes.tx, [f"{one.kind}:{one.value}" for one in known])
    return known


async def known_contact(changes: Changes, values: Mapping[str, Any]) -> Item | None:
    """Give the contact that is known by what these values say, locked; None where there is none that one may read."""
    known = await hold(changes, values)
    found = await stored_signals.contacts(changes.tx, known) if known else []
    locked = await changes.lock(found, "read")
    return next((locked[id_] for id_ in found if id_ in locked and not locked[id_].deleted), None)


async def found(tx: Transaction, knowledge: Knowledge, item: Item, part: Part) -> dict[UUID, list[Identity]]:
    """Find a part of the items of the same type that are known by the same as an item, and by what."""
    type_ = knowledge.types.get(item.type)
    known = sorted(identities(type_, item.fields)) if type_ else []
    if not known or type_ is None:
        return {}
    if item.type == CONTACT:
        return await store.contacts(tx, item.id, known, part)
    sought = [
        Sought(field.key, kind, value, key(field.kind, value))
        for kind, value in known
        for field in identity_fields(type_)
        if field.kind == kind
    ]
    return await store.others(tx, item, sought, part)


def identity_fields(type_: ElementType) -> list[ElementField]:
    """Give the fields by which a person or company is known."""
    return [field for field in type_.fields if field.kind in IDENTITY_FIELDS]
