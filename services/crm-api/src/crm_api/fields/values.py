"""Values on their way into an item: each is read as its kind says, or refused with the way to mend it."""

import reprlib
from collections.abc import Callable, Mapping
from typing import Any

from automation.knowledge import Knowledge
from contracts.data import JsonObject
from contracts.elements import ElementField, FieldKind

from crm_api.fields import numbers, words
from crm_api.fields.errors import FieldError, Unfit
from crm_api.fields.reading import LONGEST_STRING, Reading, storable

ATTRIBUTES = ("title", "responsible")
MOST_VALUES = 100
READERS: dict[FieldKind, Callable[[Any, Reading], Any]] = {
    "string": words.string,
    "text": words.text,
    "integer": numbers.integer,
    "decimal": numbers.decimal,
    "money": numbers.money,
    "date": numbers.day,
    "datetime": numbers.moment,
    "boolean": numbers.boolean,
    "choice": words.choice,
    "choices": words.choices,
    "person": words.person,
    "file": words.file,
    "phone": words.phone,
    "email": words.email,
    "url": words.url,
    "address": words.address,
    "chat": words.chat,
}


def read_fields(knowledge: Knowledge, type_: str, given: Mapping[str, Any]) -> JsonObject:
    """Read values for fields of a type, each in its normal form; None empties a field. Raises `FieldError`."""
    known = knowledge.fields(type_)
    return {key: read_value(knowledge, known, key, value) for key, value in given.items()}


def read_value(knowledge: Knowledge, known: Mapping[str, ElementField], key: str, value: Any) -> Any:
    """Read one value for one of these fields; raises `FieldError`."""
    field = known.get(key)
    if field is None:
        raise FieldError(f"fields.{key}", "this type has no such field", f"use one of: {', '.join(sorted(known))}")
    if field.kind == "link":
        raise FieldError(f"fields.{key}", "a link is not a value", f"send it in links with the role {key!r}")
    if value in (None, "", []):
        return None
    reading = Reading(field, knowledge.portal.country, knowledge.people)
    return _list(value, reading, f"fields.{key}") if field.multiple else read_one(value, reading, f"fields.{key}")


def read_one(value: Any, reading: Reading, at: str) -> Any:
    """Read a single value of a field's kind; raises `FieldError` for the place."""
    try:
        return READERS[reading.field.kind](value, reading)
    except Unfit as error:
        raise FieldError(at, f"{reprlib.repr(value)} is not a {reading.field.kind}", str(error)) from None


def _list(value: Any, reading: Reading, at: str) -> list[Any] | None:
    if not isinstance(value, list | tuple) or len(value) > MOST_VALUES:
        fix = f"send a list of at most {MOST_VALUES} values"
        raise FieldError(at, f"{reprlib.repr(value)} is not several values", fix)
    read: list[Any] = []
    for n, one in enumerate(value):
        kept = read_one(one, reading, f"{at}.{n}")
        if kept is not None and kept not in read:
            read.append(kept)
    return read or None


def read_values(knowledge: Knowledge, type_: str, given: Mapping[str, Any]) -> tuple[JsonObject, JsonObject]:
    """Read fields, with `title` and `responsible` among them, and give fields and these apart; raises `FieldError`."""
    attributes: JsonObject = {}
    if "title" in given:
        attributes["title"] = read_title(given["title"])
    if "responsible" in given:
        attributes["responsible"] = read_responsible(given["responsible"], knowledge)
    return read_fields(knowledge, type_, {k: v for k, v in given.items() if k not in ATTRIBUTES}), attributes


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
        raise FieldError("responsible", f"{reprlib.repr(value)} is nobody we know", "send the id of a person, or null")
    return value


def defaults(knowledge: Knowledge, type_: str) -> JsonObject:
    """Give what a new item gets where nothing is sent; a person who is no longer known is left out."""
    return {
        key: field.default
        for key, field in knowledge.fields(type_).items()
        if field.default is not None and (field.kind != "person" or field.default in knowledge.people)
    }
