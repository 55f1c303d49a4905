"""How people are known: phone numbers in E.164, emails in one form, read from what a sender told."""

import re
from collections.abc import Mapping
from typing import Any

import phonenumbers
from automation.phones import read_number
from contracts.config import Source
from contracts.signals import Identity

# Signs that stand around an address, or between two, are no part of one.
NO_PART = r"@\s\x00-\x1f<>()\[\],;:\\\""
EMAIL = re.compile(rf"[^{NO_PART}]{{1,64}}@[^{NO_PART}]+\.[^{NO_PART}.]{{2,}}")
LONGEST = 254
KINDS = ("phone", "email", "chat")


class IdentityUnreadable(ValueError):
    """A value that cannot be a phone number or an email; the message says what to write."""


def read_identity(kind: str, written: str, country: str) -> str:
    """Normalise a value as people write it; raises `IdentityUnreadable`."""
    if kind == "phone":
        return read_phone(written, country)
    if kind == "email":
        return read_email(written)
    return written.strip()[:LONGEST]


def read_phone(written: str, country: str) -> str:
    """Give a phone number in E.164; one without a country code is of `country`; raises `IdentityUnreadable`."""
    number = read_number(written, country)
    if number is None:
        raise IdentityUnreadable("write the phone number with its country code, like +351 912 345 678")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def read_email(written: str) -> str:
    """Give an email address in lower case."""
    email = written.strip().lower()
    if len(email) > LONGEST or EMAIL.fullmatch(email) is None:
        raise IdentityUnreadable("write the email address like ann@example.com")
    return email


def identities_of(kind: str, written: str, country: str = "") -> tuple[Identity, ...]:
    """Give the identity that a value is, none where it cannot be read."""
    try:
        return (Identity.model_validate({"kind": kind, "value": read_identity(kind, written, country)}),)
    except IdentityUnreadable:
        return ()


def known_by(source: Source, payload: Mapping[str, Any], country: str) -> tuple[Identity, ...]:
    """Give the identities that can be read from where the source says that they are; the others are left out."""
    found: list[Identity] = []
    for kind, key in source.identities.items():
        written = payload.get(key)
        if kind in KINDS and isinstance(written, str) and written.strip():
            found += identities_of(kind, written, country)
    return tuple(found)
