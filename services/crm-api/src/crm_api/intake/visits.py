"""Visits concern only the items on whose card, or on whose contact's, that is switched on."""

from collections.abc import Callable

from contracts.items import Item
from contracts.visits import WATCHED

from crm_api.intake.signals import Found

KINDS = frozenset({"visit", "visitor.returned"})


def watched(kind: str, found: Found, linked: Callable[[Item], list[Item]]) -> Found:
    """Give the items that a signal of this kind may concern."""
    if kind not in KINDS:
        return found
    return Found(tuple(item for item in found.items if any(_is_on(one) for one in (item, *linked(item)))), found.bound)


def _is_on(item: Item) -> bool:
    return item.fields.get(WATCHED) is True
