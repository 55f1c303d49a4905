"""How people are known: phone numbers and email addresses in their one form."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import phonenumbers
from automation.phones import read_number
from contracts.elements import ElementType

from crm_api.fields.errors import Unfit

# Signs that stand around an address, or between two, are no part of one; trigger-gateway says the same.
NO_PART = r"@\s\x00-\x1f<>()\[\],;:\\\""
EMAIL = re.compile(rf"[^{NO_PART}]+@[^{NO_PART}.]+(\.[^{NO_PART}.]+)+")
LONGEST_EMAIL = 254  # RFC 5321


def identities(type_: ElementType, fields: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Give the ways to know a person, as (kind, value), that the fields of a contact hold."""
    return frozenset(
        (f.kind, value)
        for f in type_.fields
        if f.kind in {"phone", "email", "chat"}
        for value in several(fields.get(f.key))
        if value
    )


def several(value: Any) -> Iterable[Any]:
    """Give the values that a field holds, whether it holds one or several."""
    return value if isinstance(value, list | tuple) else () if value is None else (value,)


def normal_phone(written: str, country: str) -> str:
    """Give a phone number as E.164; raises `Unfit`."""
    number = read_number(written, country)
    if number is None:
        raise Unfit("write it with its country, like '+351 912 345 678'")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_email(written: str) -> str:
    """Give an email address in small letters; raises `Unfit`."""
    email = written.strip().lower()
    if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
        raise Unfit("write it like 'ann@example.com'")
    return email
