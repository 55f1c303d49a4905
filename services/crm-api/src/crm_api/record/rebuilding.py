"""The record as the journal alone tells it: every item, and every record of the config, as it last was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from contracts.config import ConfigChanged
from contracts.data import JsonObject
from contracts.items import (
    ItemChanged,
    ItemDeleted,
    ItemEvent,
    ItemRulesApplied,
    ItemSignalled,
    ItemSnapshot,
    ItemStageChanged,
)

from crm_api.record.items import Stored

EVENTS: Mapping[str, type[ItemEvent]] = {
    event.TYPE: event
    for event in (ItemStageChanged, ItemChanged, ItemDeleted, ItemSignalled, ItemSnapshot, ItemRulesApplied)
}


# Which import an activation began with is told by its entry; a later change may name the import that made it.
Entries = dict[tuple[UUID, int], str | None]


def note_entry(entries: Entries, event: ItemEvent) -> None:
    """Note what an entry says of the activation that it begins."""
    if isinstance(event, ItemStageChanged):
        key = event.item.id, event.item.activation
        entries[key] = event.suppressed.job if event.suppressed else None


def of_item(event: ItemEvent) -> bool:
    """Say whether an event tells all of its item: one of rules that were applied names the rule set of those."""
    return not isinstance(event, ItemRulesApplied)


def stored_of(event: ItemEvent, suppressed: str | None) -> Stored:
    """Give an item as the database held it when it was told of."""
    return Stored(event.item, event.rule_set.number if event.rule_set else 0, suppressed)


@dataclass
class Rebuilt:
    """What the journal tells, in whatever order it is read: a higher version or revision replaces a lower one."""

    events: dict[UUID, ItemEvent] = field(default_factory=dict)
    entries: Entries = field(default_factory=dict)
    config: dict[tuple[str, str], ConfigChanged] = field(default_factory=dict)

    @property
    def items(self) -> dict[UUID, Stored]:
        """Give every item as it last was."""
        return {
            id_: stored_of(event, self.entries.get((id_, event.item.activation))) for id_, event in self.events.items()
        }

    def take(self, kind: str, body: JsonObject) -> None:
        """Take one entry of the journal; what is neither of an item nor of the config tells nothing here."""
        if kind in EVENTS:
            self._item(EVENTS[kind].model_validate(body["data"]))
        elif kind == ConfigChanged.TYPE:
            self._config(ConfigChanged.model_validate(body["data"]))

    def _item(self, told: ItemEvent) -> None:
        note_entry(self.entries, told)
        known = self.events.get(told.item.id)
        if of_item(told) and (known is None or known.item.version < told.item.version):
            self.events[told.item.id] = told

    def _config(self, told: ConfigChanged) -> None:
        key = told.kind, told.id
        if key not in self.config or self.config[key].revision < told.revision:
            self.config[key] = told


def rebuild(entries: Iterable[tuple[str, JsonObject]]) -> Rebuilt:
    """Rebuild the record from the entries of a journal, each its kind and its body."""
    rebuilt = Rebuilt()
    for kind, body in entries:
        rebuilt.take(kind, body)
    return rebuilt
