"""A mapping of fields: what a person said stands where, found in a request."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jmespath
from contracts.data import JsonObject
from contracts.signals import Identity
from contracts.webhooks import FieldMapping, Header, Place
from jmespath.exceptions import JMESPathError

from trigger_gateway.identities import IdentityUnreadable, read_identity
from trigger_gateway.timestamps import LATEST, read_iso

Headers = Mapping[str, str]
Find = Callable[[Any, Headers], Any]
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
MILLISECONDS = 100_000_000_000  # so many seconds are the year 5138: larger numbers count milliseconds


class NotFound(ValueError):
    """A path cannot be followed in this body; the message says why."""


def finder(place: Place) -> Find:
    """Give what finds a place in a request; raises `JMESPathError` for a path that cannot be read."""
    if isinstance(place, Header):
        name = place.header.lower()
        return lambda _, headers: headers.get(name)
    if PLAIN.fullmatch(place):
        return follower(place.split("."))
    path = jmespath.compile(place)

    def find(body: Any, _: Headers) -> Any:
        try:
            return path.search(body)
        except JMESPathError as error:
            raise NotFound(str(error)) from None

    return find


def follower(names: Sequence[str]) -> Find:
    """Give what follows plain names: most paths are so, and it takes a tenth of the time."""

    def find(body: Any, _: Headers) -> Any:
        for name in names:
            if not isinstance(body, dict):
                return None
            body = body.get(name)
        return body

    return find


def written(place: Place) -> str:
    """Write a place as a person would name it."""
    return f"header {place.header}" if isinstance(place, Header) else place


@dataclass(slots=True)
class Found:
    """What a mapping found in one request; `notes` tell what was left out."""

    payload: JsonObject = field(default_factory=dict)
    identities: tuple[Identity, ...] = ()
    item: UUID | None = None
    happened_at: datetime | None = None
    kind: str = ""
    notes: tuple[dict[str, str], ...] = ()


class Mapped:
    """A mapping that is ready: its paths are read once. Raises `JMESPathError` for one that cannot be."""

    def __init__(self, mapping: FieldMapping, kind: str) -> None:
        self.mapping = mapping
        self.kind = kind
        payload = mapping.payload
        self._payload = None if payload is None else {name: finder(place) for name, place in payload.items()}
        self._identities = {name: finder(place) for name, place in mapping.identities.items()}
        self._item = finder(mapping.item) if mapping.item else None
        self._happened_at = finder(mapping.happened_at) if mapping.happened_at else None
        self._kind = finder(mapping.kind.found) if mapping.kind else None

    def find(self, body: Any, headers: Headers, country: str) -> Found:
        """Find all that is mapped; what is not there, or cannot be read, is left out and noted."""
        search = _Search(body, headers)
        found = Found(
            payload=self._read_payload(search),
            identities=self._read_identities(search, country),
            item=self._read_item(search),
            happened_at=self._read_moment(search),
            kind=self._read_kind(search),
        )
        found.notes = tuple(search.notes)
        return found

    def _read_payload(self, search: "_Search") -> JsonObject:
        if self._payload is None:
            return dict(search.body) if isinstance(search.body, dict) else {"body": search.body}
        values = ((name, search.of(f"payload.{name}", find)) for name, find in self._payload.items())
        return {name: value for name, value in values if value is not None}

    def _read_identities(self, search: "_Search", country: str) -> tuple[Identity, ...]:
        found = []
        for kind, find in self._identities.items():
            value = search.text(f"identities.{kind}", find)
            if value:
                try:
                    found.append(Identity(kind=kind, value=read_identity(kind, value, country)))
                except IdentityUnreadable as error:
                    search.note(f"identities.{kind}", "cannot be read", str(error))
        return tuple(found)

    def _read_item(self, search: "_Search") -> UUID | None:
        value = search.text("item", self._item) if self._item else ""
        try:
            return UUID(value) if value else None
        except ValueError:
            search.note("item", "is no id of an item", "let the sender give back the id that it got from us")
            return None

    def _read_moment(self, search: "_Search") -> datetime | None:
        value = search.of("happened_at", self._happened_at) if self._happened_at else None
        moment = None if value is None else read_moment(value)
        if value is not None and moment is None:
            search.note("happened_at", "is no moment", "map a time with its zone, in ISO 8601, or seconds since 1970")
        return moment

    def _read_kind(self, search: "_Search") -> str:
        if self._kind is None or self.mapping.kind is None:
            return self.kind
        word = search.text("kind.from", self._kind)
        kind = self.mapping.kind.means.get(word, "")
        if word and not kind:
            search.note("kind.means", f"{word!r} means nothing", "add it, where it should wake triggers")
        return kind


class _Search:
    """One request that is searched, and what was noted meanwhile."""

    def __init__(self, body: Any, headers: Headers) -> None:
        self.body = body
        self.headers = headers
        self.notes: list[dict[str, str]] = []

    def of(self, name: str, find: Find) -> Any:
        """Give what is found, None where there is nothing, which is noted."""
        try:
            value = find(self.body, self.headers)
        except NotFound as error:
            self.note(name, str(error), "correct the path")
            return None
        if value is None:
            self.note(name, "nothing is there", "correct the path, or leave it out where it may be missing")
        return value

    def text(self, name: str, find: Find) -> str:
        """Give what is found as text, numbers as they are written."""
        value = self.of(name, find)
        if value is None or isinstance(value, dict | list | bool):
            return ""
        return str(value).strip()

    def note(self, name: str, problem: str, fix: str) -> None:
        """Note what is wrong with a field of the mapping."""
        self.notes.append({"field": f"settings.mapping.{name}", "problem": problem, "fix": fix})


def read_moment(value: Any) -> datetime | None:
    """Read a moment: ISO 8601 with a zone, or seconds or milliseconds since 1970; None for anything else."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdecimal():
        return read_iso(value)
    return _read_count(value)


def _read_count(value: Any) -> datetime | None:
    try:
        seconds = float(value) if not isinstance(value, bool) else -1
    except (TypeError, ValueError, OverflowError):
        return None
    seconds = seconds / 1000 if seconds > MILLISECONDS else seconds
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds <= LATEST else None
