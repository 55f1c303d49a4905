"""How a signal leads to a contact: identities in their one form, and what a new contact is made of."""

from collections.abc import Iterable, Sequence

from contracts.commands import Creation
from contracts.data import JsonObject
from contracts.elements import ElementField, FieldKind
from contracts.signals import Identity, Signal

from crm_api.fields import LONGEST_STRING, Unfit, normal_email, normal_phone
from crm_api.intake.payloads import mapped

CONTACT = "contact"
IDENTITY_FIELDS: tuple[FieldKind, ...] = ("phone", "email", "chat")
TITLED_BY = ("name", "phone", "email")


def normal(identity: Identity, country: str) -> Identity | None:
    """Give an identity in its one form, None for what cannot be one; `country` reads national phone numbers."""
    value = identity.value.strip()
    try:
        if identity.kind == "phone":
            value = normal_phone(value, country)
        elif identity.kind == "email":
            value = normal_email(value)
    except Unfit:
        return None
    return Identity(kind=identity.kind, value=value) if value else None


def normalised(identities: Iterable[Identity], country: str) -> tuple[Identity, ...]:
    """Give identities in their one form, each once, in their order; what cannot be one is left out."""
    return tuple(dict.fromkeys(one for one in (normal(i, country) for i in identities) if one))


def new_contact(
    signal: Signal, creation: Creation, identities: Sequence[Identity], known: Iterable[ElementField]
) -> JsonObject:
    """Give the fields of a new contact: what the source maps, and the identities by which it must be found again."""
    fields = mapped(signal.payload, creation.contact)
    # Fields for further numbers are left to people, where there is one for the first.
    described = sorted(known, key=lambda field: field.multiple)
    for field in described:
        value = next((i.value for i in identities if i.kind == field.kind), None)
        further = field.multiple and value in fields.values()
        if field.kind in IDENTITY_FIELDS and value is not None and not further:
            fields[field.key] = value
    return fields


def titled(fields: JsonObject) -> str:
    """Give what a contact is called: its name, else how it is reached; as long as a title may be."""
    return next((str(fields[key]) for key in TITLED_BY if fields.get(key)), "")[:LONGEST_STRING]
