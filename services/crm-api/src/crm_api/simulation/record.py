"""The record while history is run once more: items in memory, found by their links and by how people are known."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from automation.knowledge import Knowledge
from contracts.items import Item

from crm_api.fields import identities
from crm_api.intake.contacts import CONTACT
from crm_api.record.items import Stored

Known = tuple[str, str]


class MemoryRecord:
    """All items as they stand, with what the database would find them by; `turns` is who had each turn last."""

    def __init__(self) -> None:
        self.knowledge = Knowledge()
        self.items: dict[UUID, Stored] = {}
        self.turns: dict[str, str] = {}
        self._linking: dict[UUID, dict[UUID, None]] = {}
        self._links: dict[UUID, frozenset[UUID]] = {}
        self._contacts: dict[Known, dict[UUID, None]] = {}
        self._known_by: dict[UUID, frozenset[Known]] = {}

    def keep(self, stored: Stored) -> None:
        """Keep an item as it stands now."""
        item = stored.item
        self.items[item.id] = stored
        after = frozenset(link.id for link in item.links)
        before = self._links.get(item.id, frozenset())
        if after != before:
            self._relink(item.id, before, after)
        if item.type == CONTACT:
            self._know(item)

    def item(self, id_: UUID) -> Item | None:
        """Give an item."""
        stored = self.items.get(id_)
        return stored.item if stored else None

    def linked(self, item: Item) -> tuple[Item, ...]:
        """Give what an item links to, in its order."""
        ids = dict.fromkeys(link.id for link in item.links)
        return tuple(self.items[id_].item for id_ in ids if id_ in self.items)

    def contacts(self, known: Iterable[Known]) -> list[UUID]:
        """Give the contacts that are known by the first of these by which anyone is."""
        for one in known:
            if found := self._contacts.get(one):
                return sorted(found)
        return []

    def linking(self, id_: UUID) -> Iterator[Item]:
        """Give the items that link to an item."""
        return (self.items[one].item for one in self._linking.get(id_, ()))

    def standing(self) -> Iterator[Item]:
        """Give all items that are not deleted."""
        return (stored.item for stored in self.items.values() if not stored.item.deleted)

    def _relink(self, id_: UUID, before: frozenset[UUID], after: frozenset[UUID]) -> None:
        for gone in before - after:
            self._linking[gone].pop(id_, None)
        for new in after - before:
            self._linking.setdefault(new, {})[id_] = None
        self._links[id_] = after

    def _know(self, contact: Item) -> None:
        type_ = self.knowledge.types.get(CONTACT)
        before = self._known_by.get(contact.id, frozenset())
        after = identities(type_, contact.fields) if type_ and not contact.deleted else frozenset()
        for gone in before - after:
            self._contacts[gone].pop(contact.id, None)
        for new in after - before:
            self._contacts.setdefault(new, {})[contact.id] = None
        self._known_by[contact.id] = after
