"""One execution that is due, with what its decision reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from contracts.hot import HotItem, HotRow
from contracts.items import Item
from contracts.rules import Rule

from automation.facts import Facts
from automation.knowledge import Knowledge


@dataclass(slots=True)
class Case:
    """A row, its item, and by their ids the items that may be linked to it; `linked` are those of the rule's roles."""

    row: HotRow
    item: HotItem
    copies: Mapping[str, HotItem]
    changed_at: datetime | None
    knowledge: Knowledge
    now: datetime
    rule: Rule | None = None
    linked: Sequence[HotItem | None] = ()
    laid: Facts | None = None

    @property
    def facts(self) -> Facts:
        """Give what the general path sees, made of structs: their attributes are named alike."""
        if self.laid is None:
            linked = tuple(self.copies[link.id] for link in self.item.links if link.id in self.copies)
            items = cast("tuple[Item, ...]", linked)
            self.laid = Facts(as_item(self.item), items, self.knowledge, rule=self.rule, now=self.now)
        return self.laid

    def link(self, role: str) -> HotItem | None:
        """Give the first item linked under a role."""
        target = self.item.linked(role)
        return None if target is None else self.copies.get(target)


def as_item(item: HotItem | None) -> Any:
    """Let a struct be read as an item."""
    return item
