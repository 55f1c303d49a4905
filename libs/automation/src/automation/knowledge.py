"""The config that decisions read, as one immutable view; a change makes a new view that shares what stayed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from contracts.apps import App
from contracts.config import (
    Calendar,
    ConfigChanged,
    Connection,
    Constant,
    Pause,
    Pipeline,
    Portal,
    Rate,
    Resource,
    Source,
    Template,
)
from contracts.elements import ElementField, ElementType
from contracts.people import Department, Person, Role
from contracts.rules import Rule, RuleSet, RuleSetRef, Trigger

from automation.working_time import WorkingTime

T = TypeVar("T")

# Which field of `Knowledge` keeps the records of a kind; other kinds mean nothing to decisions.
KEPT = {
    "type": "types",
    "pipeline": "pipelines",
    "rule-set": "rule_sets",
    "calendar": "calendars",
    "person": "people",
    "department": "departments",
    "role": "roles",
    "rate": "rates",
    "constant": "constants",
    "template": "templates",
    "resource": "resources",
    "connection": "connections",
    "source": "sources",
    "pause": "pauses",
    "portal": "portals",
    "app": "apps",
}
PORTAL_CALENDAR = "portal"
OFFICE_HOURS: dict[int, tuple[tuple[str, str], ...]] = dict.fromkeys(range(5), (("09:00", "18:00"),))


class RuleSetUnknown(LookupError):
    """An event names a rule set that the config has not brought yet."""


class Memo:
    """What was read from immutable records; an entry holds as long as its record is the very same object."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[object, Any]] = {}

    def of(self, key: object, record: object, read: Callable[[], T]) -> T:
        """Give what `read` made of the record, the first time or now."""
        hit = self._kept.get(key)
        if hit is None or hit[0] is not record:
            hit = self._kept[key] = (record, read())
        made: T = hit[1]
        return made


@dataclass(frozen=True)
class Knowledge:
    """All config that decisions read; `revision` is the number of the last change in it."""

    revision: int = 0
    types: Mapping[str, ElementType] = field(default_factory=dict)
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    rule_sets: Mapping[tuple[str, int], RuleSet] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    departments: Mapping[str, Department] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    rates: Mapping[str, Rate] = field(default_factory=dict)
    constants: Mapping[str, Constant] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    pauses: Mapping[str, Pause] = field(default_factory=dict)
    portals: Mapping[str, Portal] = field(default_factory=dict)
    apps: Mapping[str, App] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    @classmethod
    def of(cls, records: Iterable[ConfigChanged]) -> "Knowledge":
        """Make the view of these records, in their order."""
        return cls().with_(records)

    @classmethod
    def grown(cls, view: "Knowledge | None", changes: Iterable[ConfigChanged]) -> "Knowledge":
        """Give the view after these changes, or the first one; this is what a config copy builds with."""
        return (view or cls()).with_(changes)

    def with_(self, records: Iterable[ConfigChanged]) -> "Knowledge":
        """Give the view after these changes; only what they touch is copied."""
        revision = self.revision
        touched: dict[str, Any] = {}
        for change in records:
            revision = max(revision, change.revision)
            name = KEPT.get(change.kind)
            if name is not None:
                _put(touched.setdefault(name, dict(getattr(self, name))), change)
        return replace(self, revision=revision, **touched)

    @property
    def portal(self) -> Portal:
        """Give the company's own settings."""
        return next(iter(self.portals.values()), DEFAULT_PORTAL)

    @property
    def constant_values(self) -> Mapping[str, Any]:
        """Give the values of the constants by id."""
        return self.memo.of("constants", self.constants, lambda: {c.id: c.value for c in self.constants.values()})

    def rule(self, ref: RuleSetRef, rule_id: UUID) -> Rule | None:
        """Give a rule of a rule set by its lasting id, enabled or not."""
        rule_set = self.rule_sets.get((ref.pipeline, ref.number))
        if rule_set is None:
            return None
        return self.memo.of((ref.pipeline, ref.number), rule_set, lambda: _by_id(rule_set)).get(rule_id)

    def rules(self, ref: RuleSetRef, stage: str) -> tuple[Rule, ...]:
        """Give the enabled rules of a stage in their order; number 0 has none; raises `RuleSetUnknown`."""
        if ref.number == 0:
            return ()
        rule_set = self.rule_sets.get((ref.pipeline, ref.number))
        if rule_set is None:
            raise RuleSetUnknown(f"rule set {ref.pipeline}/{ref.number} is not known at revision {self.revision}")
        return self.memo.of((ref.pipeline, ref.number, stage), rule_set, lambda: rule_set.of(stage))

    def owner(self, ref: RuleSetRef) -> str:
        """Give who published the rule set; its rules act with their rights."""
        rule_set = self.rule_sets.get((ref.pipeline, ref.number))
        return rule_set.published_by if rule_set else ""

    def is_paused(self, rule_id: UUID, pipeline: str) -> bool:
        """Say whether the rule, its pipeline or everything is paused."""
        held = self.memo.of("pauses", self.pauses, lambda: {(p.scope, p.of) for p in self.pauses.values() if p.paused})
        return bool(held) and not held.isdisjoint({("all", ""), ("pipeline", pipeline), ("rule", str(rule_id))})

    def fields(self, type_: str) -> Mapping[str, ElementField]:
        """Give the fields of an element type by key."""
        known = self.types.get(type_)
        if known is None:
            return {}
        return self.memo.of(("fields", type_), known, lambda: {f.key: f for f in known.fields})

    def triggers_on(self, kind: str) -> tuple[tuple[Pipeline, str, Trigger], ...]:
        """Give the enabled triggers on this kind of signal, with pipeline and stage."""
        by_kind = self.memo.of("triggers", self.pipelines, lambda: _by_kind(self.pipelines.values()))
        return tuple(by_kind.get(kind, ()))

    def working_time(self, person: str | None = None) -> WorkingTime:
        """Give the portal's working time, or that of a person: own hours where set, absences as further holidays."""
        key = "working", self.portal.zone
        portal = self.memo.of(key, self.calendars, self._portal_working_time)
        who = self.people.get(person or "")
        if who is None or not (who.weekly or who.absences):
            return portal
        own = self.memo.of("working of people", portal, Memo)
        return own.of(who.id, who, lambda: _own_working_time(portal.calendar, who))

    def _portal_working_time(self) -> WorkingTime:
        office = Calendar(id=PORTAL_CALENDAR, zone=self.portal.zone, weekly=OFFICE_HOURS)
        return WorkingTime(self.calendars.get(PORTAL_CALENDAR, office))


DEFAULT_PORTAL = Portal()


def _put(kept: dict[Any, Any], change: ConfigChanged) -> None:
    key: object = change.id
    if change.kind == "rule-set":
        pipeline, _, number = change.id.rpartition("/")
        key = pipeline, int(number)
    if change.deleted:
        kept.pop(key, None)
    else:
        kept[key] = change.record()


def _own_working_time(portal: Calendar, person: Person) -> WorkingTime:
    away = (
        (one.first + timedelta(days=day)).isoformat()
        for one in person.absences
        for day in range((one.last - one.first).days + 1)
    )
    # Hours of one's own are meant in one's own zone.
    update = {"weekly": person.weekly, "zone": person.zone or portal.zone} if person.weekly else {}
    return WorkingTime(portal.model_copy(update={**update, "holidays": (*portal.holidays, *away)}))


def _by_id(rule_set: RuleSet) -> dict[UUID, Rule]:
    return {rule.id: rule for stage in rule_set.stages for rule in stage.rules}


def _by_kind(pipelines: Iterable[Pipeline]) -> dict[str, list[tuple[Pipeline, str, Trigger]]]:
    kinds: dict[str, list[tuple[Pipeline, str, Trigger]]] = {}
    for pipeline in pipelines:
        for stage, triggers in pipeline.triggers.items():
            for trigger in triggers:
                if trigger.enabled:
                    kinds.setdefault(trigger.on, []).append((pipeline, stage, trigger))
    return kinds
