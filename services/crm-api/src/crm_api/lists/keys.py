"""The text under which a value stands in the order of its kind; texts are compared byte by byte.

A number is its sign, the place of its first digit, and its digits, those of a negative one turned around, so that -20
stands before -3. Money stands by its currency first. Texts stand without case and accents, and with their beginning
only where they are long.
"""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from contracts.elements import FieldKind
from contracts.money import Money

LONGEST_KEY = 200
# Stands behind a text of which only the beginning is kept; no text holds it.
CUT = "\U0010ffff"
ZERO, MIDDLE = "1", 500
TURNED = str.maketrans("0123456789", "9876543210")


def keys(kind: FieldKind, value: Any) -> tuple[str, ...]:
    """Give the keys of a field's value, one for each where it has several; none for what is empty."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(dict.fromkeys(key(kind, one) for one in values if one is not None))


def key(kind: FieldKind, value: Any) -> str:
    """Give the key of one value."""
    return KEYS[kind](value)


def of_number(value: Any) -> str:
    """Give the key of a number."""
    number = Decimal(value)
    if not number:
        return ZERO
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    place = MIDDLE + number.adjusted()
    return f"2{place:03}{digits}" if number > 0 else f"0{999 - place:03}{digits.translate(TURNED)}~"


def of_money(value: Any) -> str:
    """Give the key of an amount: within its currency, as a number."""
    money = Money.read(value)
    return money.currency + of_number(money.amount)


def of_moment(value: Any) -> str:
    """Give the key of a moment, to the microsecond, in UTC."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def of_text(value: Any) -> str:
    """Give the key of a text, or of the parts of an address."""
    written = " ".join(value.values()) if isinstance(value, dict) else str(value)
    return cut(folded(written))


def of_name(value: Any) -> str:
    """Give the key of what has a name of its own, such as a choice or a person."""
    return cut(str(value))


def of_truth(value: Any) -> str:
    """Give the key of a yes or no."""
    return "1" if value else "0"


def folded(text: str) -> str:
    """Give a text without case and accents, as people look for it."""
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def cut(text: str) -> str:
    """Give a text, or the beginning of a long one, marked."""
    return text if len(text) <= LONGEST_KEY else text[:LONGEST_KEY] + CUT


KEYS: dict[FieldKind, Callable[[Any], str]] = {
    "string": of_text,
    "text": of_text,
    "integer": of_number,
    "decimal": of_number,
    "money": of_money,
    "date": of_name,
    "datetime": of_moment,
    "boolean": of_truth,
    "choice": of_name,
    "choices": of_name,
    "person": of_name,
    "file": of_name,
    "phone": of_name,
    "email": of_text,
    "url": of_text,
    "address": of_text,
    "chat": of_name,
}
