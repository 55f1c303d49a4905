"""What the fields of an item may hold: each value is read as its kind says, or refused with the way to mend it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from automation.knowledge import Knowledge
from contracts.data import JsonObject
from contracts.elements import ElementField, ElementType, FieldKind
from contracts.items import Item
from contracts.money import Money

LONGEST_STRING = 500
LONGEST_TEXT = 10_000
LARGEST_INTEGER = 2**53  # what JSON carries exactly
LONGEST_DECIMAL = 40
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
URL = re.compile(r"https?://\S+")
ATTRIBUTES = ("title", "responsible")


class FieldError(ValueError):
    """A value that a field cannot hold: which field, what is wrong, and how to mend it."""

    def __init__(self, field: str, problem: str, fix: str) -> None:
        super().__init__(f"{field}: {problem}; {fix}")
        self.field = field
        self.problem = problem
        self.fix = fix


class Unfit(ValueError):
    """A value does not have the form of its kind; the message says how to write it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a value is read with: the field that holds it, and the country of phone numbers without one."""

    field: ElementField
    country: str


def read_fields(knowledge: Knowledge, type_: str, given: Mapping[str, Any]) -> JsonObject:
    """Read values for fields of a type, each in its normal form; None empties a field. Raises `FieldError`."""
    known = knowledge.fields(type_)
    return {key: read_value(known, key, value, knowledge.portal.country) for key, value in given.items()}


def read_value(known: Mapping[str, ElementField], key: str, value: Any, country: str) -> Any:
    """Read one value; raises `FieldError`."""
    field = known.get(key)
    if field is None:
        raise FieldError(f"fields.{key}", "this type has no such field", f"use one of: {', '.join(sorted(known))}")
    if field.kind == "link":
        raise FieldError(f"fields.{key}", "a link is not a value", f"send it in links with the role {key!r}")
    if value is None:
        return None
    try:
        return READERS[field.kind](kept(value), Reading(field, country))
    except Unfit as error:
        raise FieldError(f"fields.{key}", f"{value!r} is not a {field.kind}", str(error)) from None


def read_values(knowledge: Knowledge, type_: str, given: Mapping[str, Any]) -> tuple[JsonObject, JsonObject]:
    """Read fields, with `title` and `responsible` among them, and give fields and these apart; raises `FieldError`."""
    attributes: JsonObject = {}
    if "title" in given:
        attributes["title"] = read_title(given["title"])
    if "responsible" in given:
        attributes["responsible"] = read_responsible(given["responsible"], knowledge)
    return read_fields(knowledge, type_, {k: v for k, v in given.items() if k not in ATTRIBUTES}), attributes


def kept(value: Any) -> Any:
    """Give a value that the database can keep; raises `Unfit`."""
    if isinstance(value, str) and not storable(value):
        raise Unfit("leave out characters that are not text")
    return value


def storable(text: str) -> bool:
    """Say whether the database can keep a text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def read_title(value: Any) -> str:
    """Read a title; raises `FieldError`."""
    if not isinstance(value, str) or len(value) > LONGEST_STRING or not storable(value):
        raise FieldError("title", "this is not a title", f"send a text of at most {LONGEST_STRING} characters")
    return value


def read_responsible(value: Any, knowledge: Knowledge) -> str | None:
    """Read who is responsible, None for nobody; raises `FieldError` for who is not known."""
    if value is None:
        return None
    if not isinstance(value, str) or value not in knowledge.people:
        raise FieldError("responsible", f"{value!r} is nobody we know", "send the id of a person, or null")
    return value


def missing(type_: ElementType, item: Item) -> tuple[str, ...]:
    """Give the required fields that an item leaves empty, in the type's order."""
    roles = {link.role for link in item.links}
    return tuple(f.key for f in type_.fields if f.required and f.key not in roles and item.fields.get(f.key) is None)


def require(type_: ElementType, item: Item, *, of: Collection[str] | None = None) -> None:
    """Refuse an item that leaves a required field empty, of these fields or of all; raises `FieldError`."""
    for key in missing(type_, item):
        if of is None or key in of:
            raise FieldError(f"fields.{key}", "this is required", "send a value, or a link with this role")


def identities(type_: ElementType, fields: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Give the ways to know a person, as (kind, value), that the fields of a contact hold."""
    return frozenset(
        (f.kind, fields[f.key]) for f in type_.fields if f.kind in {"phone", "email"} and fields.get(f.key)
    )


def normal_phone(written: str, country: str) -> str:
    """Give a phone number as E.164; raises `Unfit`."""
    fix = "write it with its country, like '+351 912 345 678'"
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        raise Unfit(fix) from None
    if not phonenumbers.is_possible_number(number):
        raise Unfit(fix)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_email(written: str) -> str:
    """Give an email address in small letters; raises `Unfit`."""
    email = written.strip().lower()
    if not EMAIL.fullmatch(email):
        raise Unfit("write it like 'ann@example.com'")
    return email


def _string(value: Any, _: Reading) -> str:
    return _text_of(value, LONGEST_STRING)


def _text(value: Any, _: Reading) -> str:
    return _text_of(value, LONGEST_TEXT)


def _text_of(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise Unfit(f"send a text of at most {longest} characters")
    return value


def _integer(value: Any, _: Reading) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_INTEGER:
        raise Unfit("send a whole number of at most 15 digits, without quotes")
    return value


def _decimal(value: Any, _: Reading) -> str:
    # A JSON number has been through binary; only its digits as written are exact.
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Unfit("send it as text, like '12.50'")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Unfit("send it as text, like '12.50'") from None
    if not number.is_finite() or abs(number.adjusted()) > LONGEST_DECIMAL:
        raise Unfit(f"send a number of at most {LONGEST_DECIMAL} digits")
    return format(number, "f")


def _money(value: Any, _: Reading) -> str:
    try:
        return str(Money.read(str(value)))
    except ValueError as error:
        raise Unfit(str(error)) from None


def _date(value: Any, _: Reading) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Unfit("write it like '2026-12-31'") from None


def _datetime(value: Any, _: Reading) -> str:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unfit("write it like '2026-12-31T10:00:00+01:00'") from None
    if at.tzinfo is None:
        raise Unfit("say the offset from UTC, like '2026-12-31T10:00:00+01:00'")
    return at.astimezone(UTC).isoformat()


def _boolean(value: Any, _: Reading) -> bool:
    if not isinstance(value, bool):
        raise Unfit("send true or false")
    return value


def _choice(value: Any, reading: Reading) -> str:
    if value not in reading.field.choices:
        raise Unfit(f"use one of: {', '.join(reading.field.choices)}")
    return str(value)


def _phone(value: Any, reading: Reading) -> str:
    return normal_phone(str(value), reading.country)


def _email(value: Any, _: Reading) -> str:
    return normal_email(str(value))


def _url(value: Any, _: Reading) -> str:
    if not isinstance(value, str) or not URL.fullmatch(value):
        raise Unfit("write it like 'https://example.com/page'")
    return value


READERS: dict[FieldKind, Callable[[Any, Reading], Any]] = {
    "string": _string,
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "choice": _choice,
    "phone": _phone,
    "email": _email,
    "url": _url,
}
