"""How a person is known: phones and emails in one form, so that the same one is found however it was written."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import phonenumbers
from contracts.config import ElementType
from contracts.signals import Identity

CONTACT = "contact"
IDENTITY_KINDS: dict[str, Literal["phone", "email"]] = {"phone": "phone", "email": "email"}
LONGEST_EMAIL = 254


def normal_phone(written: str, country: str) -> str | None:
    """Give a phone number in E.164, None for what cannot be one; `country` (ISO 3166) reads national numbers."""
    try:
        parsed = phonenumbers.parse(written, country.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def normal_email(written: str) -> str | None:
    """Give an email address in lower case, None for what cannot be one."""
    address = written.strip().lower()
    local, at, domain = address.rpartition("@")
    plain = at and local and "." in domain.strip(".") and not any(c.isspace() for c in address)
    return address if plain and len(address) <= LONGEST_EMAIL else None


def normal(identity: Identity, country: str) -> Identity | None:
    """Give an identity in its one form, None for what cannot be one."""
    value: str | None = identity.value.strip()
    if identity.kind == "phone":
        value = normal_phone(identity.value, country)
    elif identity.kind == "email":
        value = normal_email(identity.value)
    return Identity(kind=identity.kind, value=value) if value else None


def normalised(identities: Iterable[Identity], country: str) -> tuple[Identity, ...]:
    """Give identities in their one form, each once, in their order; what cannot be one is left out."""
    return tuple(dict.fromkeys(one for one in (normal(i, country) for i in identities) if one))


def identities_of(type_: ElementType | None, fields: Mapping[str, Any], country: str) -> tuple[Identity, ...]:
    """Give the identities that a contact's fields hold: those of kind phone and email, by the type or by their key."""
    kinds = {field.key: field.kind for field in type_.fields} if type_ else {"phone": "phone", "email": "email"}
    written = (
        Identity(kind=kind, value=value)
        for key, value in fields.items()
        if (kind := IDENTITY_KINDS.get(kinds.get(key, ""))) and isinstance(value, str)
    )
    return normalised(written, country)
