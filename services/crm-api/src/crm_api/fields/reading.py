"""What a value is read with, and the texts that the database can keep."""

from collections.abc import Container
from dataclasses import dataclass

from contracts.elements import ElementField

from crm_api.fields.errors import Unfit

LONGEST_STRING = 500
LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a value is read with: the field that holds it, the country of phone numbers without one, who is known."""

    field: ElementField
    country: str
    people: Container[object] = ()


def storable(text: str) -> bool:
    """Say whether the database can keep a text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text))


def text_of(value: object, longest: int) -> str:
    """Give a text of some length that the database can keep; raises `Unfit`."""
    if not isinstance(value, str) or len(value) > longest:
        raise Unfit(f"send a text of at most {longest} characters")
    if not storable(value):
        raise Unfit("leave out characters that are not text")
    return value
