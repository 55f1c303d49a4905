"""Copies of items as crm-api announced them, each replaced only by a higher version."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.items import Item, ItemEvent


@dataclass(slots=True)
class Copy:
    """What is known of one item; a stub where only its id is.

    `version` is that of `item`, wherever it came from, since other items' events carry what they link to. `heard` is
    the highest version that the item itself announced: entries and leaves are taken from its own events alone.
    `unread` is the offset of its last record that could not be read; nothing of the item fires while it stands.
    `entry` is the item as it entered its present stage, which a condition on what changed compares with; `changed_at`
    is when it last announced a change of its own.
    """

    id: UUID
    version: int = 0
    heard: int = 0
    unread: int | None = None
    item: Item | None = None
    entry: Item | None = None
    changed_at: datetime | None = None

    @property
    def activation(self) -> int:
        """Give the present activation, 0 for a stub."""
        return self.item.activation if self.item else 0

    @property
    def gone(self) -> bool:
        """Say whether the item is deleted."""
        return self.item is not None and self.item.deleted

    @property
    def links(self) -> frozenset[UUID]:
        """Give the ids of what the item links to."""
        return frozenset(link.id for link in self.item.links) if self.item else frozenset()

    def take(self, item: Item) -> bool:
        """Replace the item by a higher version; gives False for any other."""
        if item.version <= self.version:
            return False
        self.version, self.item = item.version, item
        return True

    def readable_again(self, event: ItemEvent, offset: int, *, snapshot: bool) -> bool:
        """Say whether an own record makes up for the one that could not be read: later, and newer than all before."""
        if self.unread is None or offset <= self.unread:
            return False
        return event.item.version > self.heard or (snapshot and event.item.version == self.heard)

    def still_in(self, activation: int) -> bool:
        """Say whether the item stands in this activation."""
        return self.activation == activation and not self.gone


def concerned(events: Iterable[ItemEvent]) -> set[UUID]:
    """Give the ids of the items of some events and of all that they carry or link to."""
    ids: set[UUID] = set()
    for event in events:
        ids.add(event.item.id)
        ids.update(link.id for link in event.item.links)
        ids.update(item.id for item in event.linked)
    return ids
