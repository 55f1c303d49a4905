"""What fields are filled with from a signal's payload; it came from outside, so nothing in it can be relied on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from automation.documents import DocumentError
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.paths import ANY_ITEM
from automation.sandbox import PlaceholderEmpty
from automation.templates import TemplateFailed, compile_text
from contracts.commands import Creation
from contracts.data import JsonObject
from contracts.elements import ElementField, FieldKind
from contracts.money import Money
from contracts.signals import Signal

from crm_api.fields import ATTRIBUTES, LONGEST_STRING, FieldError, read_fields
from crm_api.intake.signals import seen

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
LONGEST_WHOLE = 40


@dataclass(frozen=True, slots=True)
class Filled:
    """Fields read from a payload, and those that could not be read."""

    fields: JsonObject
    unread: tuple[FieldError, ...] = ()


def mapped(payload: JsonObject, fields: Mapping[str, str]) -> JsonObject:
    """Fill fields from a payload by a mapping of field to payload key; what the payload lacks is left out."""
    return {field: payload[key] for field, key in fields.items() if payload.get(key) not in (None, "")}


def filled(knowledge: Knowledge, type_: str, values: Mapping[str, Any]) -> Filled:
    """Read values for fields of a type; one that a field cannot hold is left out, so that the rest is not lost."""
    known = knowledge.fields(type_)
    fields: JsonObject = {}
    unread: list[FieldError] = []
    for key, value in values.items():
        if key in ATTRIBUTES:
            continue
        try:
            fields |= read_fields(knowledge, type_, {key: plain(value, known.get(key), knowledge.portal.currency)})
        except FieldError as error:
            unread.append(error)
    return Filled(fields, tuple(unread))


def plain(value: Any, field: ElementField | None, currency: str) -> Any:
    """Give a value as its field's kind is written in JSON; forms send nothing but texts, several behind commas."""
    text = value.strip() if isinstance(value, str) else value
    if field is None:
        return text
    if field.kind == "choices":
        return _parts(text)
    if field.multiple:
        return _each(text, field.kind, currency)
    return _one(text, field.kind, currency)


def _each(text: Any, kind: FieldKind, currency: str) -> Any:
    parts = [text] if isinstance(text, str) and kind in WITH_COMMAS else _parts(text)
    return [_one(part, kind, currency) for part in parts] if isinstance(parts, list) else parts


def _one(text: Any, kind: FieldKind, currency: str) -> Any:
    reading = AS_WRITTEN.get(kind)
    return reading(text, currency) if reading and isinstance(text, str) else text


def _parts(text: Any) -> Any:
    return [part for one in text.split(",") if (part := one.strip())] if isinstance(text, str) else text


def title(knowledge: Knowledge, signal: Signal, creation: Creation) -> str:
    """Give the title of what is made, "" where the source gives none that can be filled in."""
    facts = Facts(ANY_ITEM, (), knowledge, signal=seen(signal, moved=False, why_not=""))
    try:
        return compile_text(creation.title).render(facts)[:LONGEST_STRING]
    except (DocumentError, PlaceholderEmpty, TemplateFailed):
        return ""


def _whole(text: str, _: str) -> Any:
    # Longer ones hold no field, and Python reads none of thousands of digits.
    return int(text) if len(text) <= LONGEST_WHOLE and text.removeprefix("-").isdecimal() else text


def _truth(text: str, _: str) -> Any:
    return True if text.lower() in TRUE else False if text.lower() in FALSE else text


def _money(text: str, currency: str) -> Any:
    try:
        return str(Money.read(f"{text} {currency}"))
    except ValueError:
        return text


# Kinds whose values may have commas in them: a text is one value.
WITH_COMMAS: frozenset[FieldKind] = frozenset({"string", "text", "address", "url"})
AS_WRITTEN: dict[FieldKind, Callable[[str, str], Any]] = {"integer": _whole, "boolean": _truth, "money": _money}
