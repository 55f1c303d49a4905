"""Values that travel to and from apps, read as their kind: what a manifest says is what arrives."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from contracts.apps import AppValue, AppValueKind
from contracts.data import JsonObject
from contracts.money import Money

LONGEST_STRING = 500
LONGEST_TEXT = 10_000
LARGEST_INTEGER = 2**53  # what JSON carries exactly
LONGEST_DECIMAL = 40
WHOLE = re.compile(r"-?\d{1,16}")
YES = {"true": True, "false": False}


class WrongValue(ValueError):
    """A value is not what the manifest says; `key` names it, the message says what it should be."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def read_values(described: Iterable[AppValue], given: Mapping[str, Any]) -> JsonObject:
    """Read values as their kinds, null as not there; raises `WrongValue` for the first that is wrong or missing."""
    known = {one.key: one for one in described}
    _check_names(given, known)
    read = {key: read_value(known[key], value) for key, value in given.items() if value is not None}
    for key, one in known.items():
        if one.required and key not in read:
            raise WrongValue(key, "is missing")
    return read


def read_value(described: AppValue, value: Any) -> Any:
    """Read one value in the form in which it travels; raises `WrongValue`."""
    try:
        return READ[described.kind](value, described)
    except (ValueError, TypeError, OverflowError, InvalidOperation) as error:
        words = str(error) if isinstance(error, Unfit) else FORMS[described.kind]
        raise WrongValue(described.key, f"{value!r:.100} is not of kind {described.kind}: {words}") from None


def of_texts(described: Iterable[AppValue], written: Mapping[str, Any]) -> JsonObject:
    """Give values that texts made, numbers and yes or no as such; an empty one is not there."""
    kinds = {one.key: one.kind for one in described}
    return {
        key: _of_text(kinds.get(key, "string"), value)
        for key, value in written.items()
        if value is not None and value != ""
    }


class Unfit(ValueError):
    """A value does not fit; the message says what would."""


def _check_names(given: Iterable[str], known: Iterable[str]) -> None:
    for key in given:
        if key not in known:
            names = ", ".join(known) or "none"
            raise WrongValue(key, f"the manifest has no such value; it has {names}")


def _of_text(kind: AppValueKind, value: Any) -> Any:
    if not isinstance(value, str):
        return str(value) if kind in {"string", "text"} and not isinstance(value, dict | list | bool) else value
    if kind == "integer" and WHOLE.fullmatch(value.strip()):
        return int(value)
    return YES.get(value.strip().lower(), value) if kind == "boolean" else value


def _text(longest: int) -> Callable[[Any, AppValue], str]:
    def read(value: Any, _: AppValue) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise Unfit(f"send a text of at most {longest} characters")
        # Neither NUL nor half of a surrogate pair can be kept.
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise Unfit("leave out characters that are not text")
        return value

    return read


def _integer(value: Any, _: AppValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_INTEGER:
        raise Unfit(FORMS["integer"])
    return value


def _decimal(value: Any, _: AppValue) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit(FORMS["decimal"])
    if isinstance(value, float) and not math.isfinite(value):
        raise Unfit(FORMS["decimal"])
    number = Decimal(str(value))
    digits, exponent = len(number.as_tuple().digits), abs(number.adjusted())
    if not number.is_finite() or max(digits, exponent) > LONGEST_DECIMAL:
        raise Unfit(f"send a number of at most {LONGEST_DECIMAL} digits")
    return format(number, "f")


def _boolean(value: Any, _: AppValue) -> bool:
    if not isinstance(value, bool):
        raise Unfit(FORMS["boolean"])
    return value


def _datetime(value: Any, _: AppValue) -> str:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise Unfit(FORMS["datetime"])
    at.astimezone(UTC)  # raises for what no clock in UTC shows
    return at.isoformat()


def _choice(value: Any, described: AppValue) -> str:
    if not isinstance(value, str) or value not in described.choices:
        raise Unfit(f"use one of: {', '.join(described.choices)}")
    return value


FORMS: dict[AppValueKind, str] = {
    "string": f"send a text of at most {LONGEST_STRING} characters",
    "text": f"send a text of at most {LONGEST_TEXT} characters",
    "integer": "send a whole number of at most 15 digits, without quotes",
    "decimal": "send it as text, like '12.50'",
    "money": "send it like '1200.00 EUR'",
    "boolean": "send true or false",
    "date": "send it like '2026-12-31'",
    "datetime": "send it with its offset, like '2026-12-31T10:00:00Z'",
    "choice": "use one of the choices",
    "person": "send the id of a person",
}
READ: dict[AppValueKind, Callable[[Any, AppValue], Any]] = {
    "string": _text(LONGEST_STRING),
    "text": _text(LONGEST_TEXT),
    "integer": _integer,
    "decimal": _decimal,
    "money": lambda value, _: str(Money.read(value)),
    "boolean": _boolean,
    "date": lambda value, _: date.fromisoformat(value).isoformat(),
    "datetime": _datetime,
    "choice": _choice,
    "person": _text(LONGEST_STRING),
}
