"""What events tell of their items, so that these can be made again from what was announced."""

from collections.abc import Mapping
from uuid import UUID

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
