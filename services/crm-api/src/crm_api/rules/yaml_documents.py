"""Documents as YAML 1.2, read strictly: plain values only, no anchors, no tags, no key twice, bounded size and depth.

A value without quotes is null, a truth value or a number where YAML's core schema says so; all else is text, dates too.
"""

import io
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from contracts.data import JsonObject
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import SafeRepresenter

from crm_api.fields import FieldError

LARGEST = 768_000
DEEPEST = 60
WIDTH = 120
MEDIA_TYPE = "application/yaml"
CORE: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"~|null|Null|NULL|"), lambda _: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]{1,4000}"), int),
    (re.compile(r"0o[0-7]{1,4000}|0x[0-9a-fA-F]{1,4000}"), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda _: math.nan),
)
UNUSUAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
TEXT_TAG = "tag:yaml.org,2002:str"
FIX = "write plain YAML 1.2: objects, lists, texts, numbers"


def read_yaml(body: bytes) -> JsonObject:
    """Read the one object of a document; raises `FieldError` with the line."""
    documents = read_all(body)
    if len(documents) != 1:
        raise FieldError("body", f"there are {len(documents)} documents", "send one")
    return documents[0]


def read_all(body: bytes, largest: int = LARGEST) -> list[JsonObject]:
    """Read the documents of a file, each an object; raises `FieldError` with the line."""
    if len(body) > largest:
        raise FieldError("body", f"it has {len(body)} bytes; it may have {largest}", "send less")
    try:
        events = YAML(typ="safe", pure=True).parse(body.decode())
        return _documents(_Checked(events))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FieldError("body", f"line {line}: {error.problem}", FIX) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise FieldError("body", f"it is no YAML: {error}", "send YAML 1.2 in UTF-8") from None


def write_yaml(*documents: JsonObject) -> str:
    """Write objects as the documents of one file, in the order of their keys as given."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Written
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # its stub knows only the default
    yaml.allow_unicode = True
    yaml.width = WIDTH
    written = io.StringIO()
    yaml.dump_all(documents, written)
    return written.getvalue()


def _text(representer: SafeRepresenter, text: str) -> ScalarNode:
    return representer.represent_scalar(TEXT_TAG, text, style='"' if UNUSUAL.search(text) else None)


class _Written(SafeRepresenter):
    """Writes texts; the emitter would take some line breaks of Unicode for its own, so those texts are quoted."""

    yaml_representers = {**SafeRepresenter.yaml_representers, str: _text}  # noqa: RUF012  its base declares it so


class _Checked:
    """The events of a file, one after the other; what people do not write by hand is refused."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.events = events
        self.depth = 0

    def next(self) -> Event:
        """Give the next event; raises `FieldError` with the line."""
        event = next(self.events)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise wrong(event, "anchors and aliases are not read", "write the value out")
        if tag := getattr(event, "tag", None):
            raise wrong(event, f"the tag {tag} is not read", FIX)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            self.depth += 1
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.depth -= 1
        if self.depth > DEEPEST:
            raise wrong(event, f"values are nested more than {DEEPEST} deep", "write it flatter")
        return event


def _documents(events: _Checked) -> list[JsonObject]:
    documents: list[JsonObject] = []
    while not isinstance(event := events.next(), StreamEndEvent):
        if isinstance(event, DocumentStartEvent):
            start = events.next()
            if not isinstance(start, MappingStartEvent):
                raise wrong(start, "a document is an object", "write it as keys with values")
            documents.append(_mapping(events))
    return documents


def _value(event: Event, events: _Checked) -> Any:
    if isinstance(event, MappingStartEvent):
        return _mapping(events)
    if isinstance(event, SequenceStartEvent):
        return _sequence(events)
    if not isinstance(event, ScalarEvent):
        raise wrong(event, "a value is missing", FIX)
    return event.value if event.style else _plain(event)


def _sequence(events: _Checked) -> list[Any]:
    read: list[Any] = []
    while not isinstance(event := events.next(), SequenceEndEvent):
        read.append(_value(event, events))
    return read


def _mapping(events: _Checked) -> JsonObject:
    read: JsonObject = {}
    while not isinstance(event := events.next(), MappingEndEvent):
        if not isinstance(event, ScalarEvent):
            raise wrong(event, "a key is a text", FIX)
        if event.value in read:
            raise wrong(event, f"the key {event.value!r} is there twice", "leave one of them out")
        read[event.value] = _value(events.next(), events)
    return read


def _plain(event: ScalarEvent) -> Any:
    for form, read in CORE:
        if form.fullmatch(event.value):
            value = read(event.value)
            if isinstance(value, float) and not math.isfinite(value):
                raise wrong(event, f"{event.value} is no number that can be kept", "write another number")
            return value
    return event.value


def wrong(event: Event, problem: str, fix: str) -> FieldError:
    """Say what is wrong in which line."""
    return FieldError("body", f"line {event.start_mark.line + 1}: {problem}", fix)
