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
from contracts.elements import FieldKind
from contracts.money import Money
from contracts.signals import Signal

from crm_api.fields import ATTRIBUTES, LONGEST_STRING, FieldError, read_fields
from crm_api.signals import seen

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


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
        kind = known[key].kind if key in known else None
        try:
            fields |= read_fields(knowledge, type_, {key: plain(value, kind, knowledge.portal.currency)})
        except FieldError as error:
            unread.append(error)
    return Filled(fields, tuple(unread))


def plain(value: Any, kind: FieldKind | None, currency: str) -> Any:
    """Give a value as its kind is written in JSON; forms send nothing but texts."""
    reading = AS_WRITTEN.get(kind) if kind else None
    text = value.strip() if isinstance(value, str) else value
    return reading(text, currency) if reading and isinstance(text, str) else text


def title(knowledge: Knowledge, signal: Signal, creation: Creation) -> str:
    """Give the title of what is made, "" where the source gives none that can be filled in."""
    facts = Facts(ANY_ITEM, (), knowledge, signal=seen(signal, moved=False, why_not=""))
    try:
        return compile_text(creation.title).render(facts)[:LONGEST_STRING]
    except (DocumentError, PlaceholderEmpty, TemplateFailed):
        return ""


def _whole(text: str, _: str) -> Any:
    return int(text) if text.removeprefix("-").isdecimal() else text


def _truth(text: str, _: str) -> Any:
    return True if text.lower() in TRUE else False if text.lower() in FALSE else text


def _money(text: str, currency: str) -> Any:
    try:
        return str(Money.read(f"{text} {currency}"))
    except ValueError:
        return text


AS_WRITTEN: dict[FieldKind, Callable[[str, str], Any]] = {"integer": _whole, "boolean": _truth, "money": _money}
