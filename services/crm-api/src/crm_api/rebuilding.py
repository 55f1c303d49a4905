"""The record as the journal alone tells it: every item, and every record of the config, as it last was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from contracts.config import ConfigChanged
from contracts.data import JsonObject
from contracts.items import ItemChanged, ItemDeleted, ItemEvent, ItemSignalled, ItemSnapshot, ItemStageChanged

from crm_api.items import Stored

EVENTS: Mapping[str, type[ItemEvent]] = {
    event.TYPE: event for event in (ItemStageChanged, ItemChanged, ItemDeleted, ItemSignalled, ItemSnapshot)
}


def stored_of(event: ItemEvent) -> Stored:
    """Give an item as the database held it when it was told of."""
    number = event.rule_set.number if event.rule_set else 0
    return Stored(event.item, number, event.suppressed.job if event.suppressed else None)


@dataclass
class Rebuilt:
    """What the journal tells, in whatever order it is read: a higher version or revision replaces a lower one."""

    items: dict[UUID, Stored] = field(default_factory=dict)
    config: dict[tuple[str, str], ConfigChanged] = field(default_factory=dict)

    def take(self, kind: str, body: JsonObject) -> None:
        """Take one entry of the journal; what is neither of an item nor of the config tells nothing here."""
        if kind in EVENTS:
            self._item(stored_of(EVENTS[kind].model_validate(body["data"])))
        elif kind == ConfigChanged.TYPE:
            self._config(ConfigChanged.model_validate(body["data"]))

    def _item(self, told: Stored) -> None:
        known = self.items.get(told.item.id)
        if known is None or known.item.version < told.item.version:
            self.items[told.item.id] = told

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
