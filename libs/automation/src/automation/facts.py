"""What a decision sees: one version of an item, what it links to, the people, and the results of earlier rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.elements import FieldKind
from contracts.items import Item, SignalSeen
from contracts.people import Person
from contracts.rules import Rule

from automation.knowledge import Knowledge
from automation.languages import said
from automation.parts import Address, Several, with_parts
from automation.paths import DEEP, EMPTY, ITEM_ATTRIBUTES, PERSON_ATTRIBUTES, filled, of_item, of_person, reader
from automation.wall_times import read_zone

__all__ = ["EMPTY", "Facts"]

ATTRIBUTE_KINDS: dict[str, FieldKind] = {
    "created_at": "datetime",
    "entered_at": "datetime",
    "version": "integer",
    "activation": "integer",
    "responsible": "person",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision sees; `before` is the item that `changed` compares with, `now` tells which rates hold.

    `settings` is how often variables were set in the activation. `signals` are all that were gathered, `signal` the
    last of them; where nothing was gathered it is the only one.
    """

    item: Item
    linked: tuple[Item, ...]
    knowledge: Knowledge
    results: Mapping[str, Any] = field(default_factory=dict)
    signal: SignalSeen | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    before: Item | None = None
    rule: Rule | None = None
    now: datetime | None = None
    settings: int = 0
    signals: tuple[SignalSeen, ...] = ()

    def get(self, path: str) -> object:
        """Read a value, `EMPTY` where there is none; raises `DocumentError` for what is no path."""
        return reader(path)(self)

    def kind(self, path: str) -> FieldKind | None:
        """Give the kind of a field, None for values that no element type describes."""
        root, name, *part = path.split(".")
        if root in DEEP:
            return None
        if part:
            return "string"
        item = self.item if root == "item" else self.link(root)
        if item is None:
            return None
        if name in ITEM_ATTRIBUTES:
            return ATTRIBUTE_KINDS.get(name, "string")
        described = self.knowledge.fields(item.type).get(name)
        return described.kind if described else None

    def link(self, role: str) -> Item | None:
        """Give the first item linked under a role."""
        target = self.item.linked(role)
        if target is None:
            return None
        return next((item for item in self.linked if item.id == target), None)

    @property
    def responsible(self) -> Person | None:
        """Give who is responsible for the item."""
        return self.knowledge.people.get(self.item.responsible or "")

    @property
    def supervisor(self) -> Person | None:
        """Give the supervisor of who is responsible."""
        person = self.responsible
        return self.knowledge.people.get(person.supervisor or "") if person else None

    @property
    def zone(self) -> ZoneInfo:
        """Give the portal's zone."""
        return read_zone(self.knowledge.portal.zone)

    @property
    def day(self) -> date | None:
        """Give the portal's day, None where the time is not known."""
        return None if self.now is None else self.now.astimezone(self.zone).date()

    @property
    def signal_values(self) -> Mapping[str, Any]:
        """Give what a condition may read of the signal: its payload, and its kind."""
        return {} if self.signal is None else _told(self.signal)

    @property
    def gathered(self) -> Sequence[Mapping[str, Any]]:
        """Give what a condition may read of each signal that was gathered, in the order in which they came."""
        alone = () if self.signal is None else (self.signal,)
        return [_told(one) for one in self.signals or alone]

    @property
    def rule_values(self) -> Mapping[str, Any]:
        """Give what a text may say of its rule; its name in the portal's language."""
        if self.rule is None:
            return {}
        name = said(self.rule.name, self.knowledge.portal.language, self.rule.key)
        return {"key": self.rule.key, "name": name}

    def as_context(self) -> dict[str, Any]:
        """Give all values as plain data by root; what is empty is left out."""
        roots: dict[str, Any] = {link.role: self._record(self.link(link.role)) for link in reversed(self.item.links)}
        roots |= {
            "item": self._record(self.item),
            "responsible": _plain_person(self.responsible),
            "supervisor": _plain_person(self.supervisor),
            "results": _plain(self.results),
            "const": _plain(self.knowledge.constant_values),
            "var": _plain(self.variables),
            "signal": _plain(self.signal_values),
            "signals": _plain(self.gathered),
            "rule": _plain(self.rule_values),
            "portal": _plain(self.knowledge.portal.model_dump()),
        }
        return roots

    def _record(self, item: Item | None) -> dict[str, Any]:
        if item is None:
            return {}
        fields, people = self.knowledge.fields(item.type), self.knowledge.people
        values = {name: of_item(item, name) for name in (*item.fields, *ITEM_ATTRIBUTES, "name")}
        return _filled({k: with_parts(v, fields.get(k), people) for k, v in values.items() if v is not EMPTY})


def _told(signal: SignalSeen) -> Mapping[str, Any]:
    return {**signal.payload, "kind": signal.kind}


def _plain_person(person: Person | None) -> dict[str, Any]:
    return _filled({name: of_person(person, name) for name in PERSON_ATTRIBUTES})


def _filled(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items() if filled(value) is not EMPTY and value is not EMPTY}


def _plain(value: object) -> Any:
    if isinstance(value, Address | Several):
        return value
    if isinstance(value, Mapping):
        return _filled(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
