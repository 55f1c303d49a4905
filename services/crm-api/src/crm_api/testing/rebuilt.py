"""The record as the journal alone tells it: every item, and every record of the config, as it last was."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from contracts.config import ConfigChanged
from contracts.data import JsonObject
from contracts.items import ItemEvent

from crm_api.record.items import Stored
from crm_api.record.rebuilding import EVENTS, Entries, note_entry, of_item, stored_of


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
