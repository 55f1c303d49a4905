"""What an item must be to be listed, in terms of the keys under which its values stand."""

from dataclasses import dataclass
from typing import Literal

from crm_api.lists.keys import CUT


@dataclass(frozen=True, slots=True)
class Range:
    """Keys between two, each None where the range is open; `with_low` and `with_high` take the ends in."""

    low: str | None = None
    high: str | None = None
    with_low: bool = False
    with_high: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one field: a key that is one of these, within a range, or contains a text; else any value.

    `home` says where the field's values stand: in the index, on the item itself, or as links.
    """

    field: str
    home: Literal["index", "item", "link"] = "index"
    any_of: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    containing: str = ""
    negated: bool = False

    @property
    def narrows(self) -> bool:
        """Say whether the items that fulfil it can be looked up without reading others."""
        return not self.negated and not self.containing and self.home != "item"


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list is sorted, items without a value last; `id` is the order in which items were made."""

    field: str = "id"
    home: Literal["index", "item"] = "item"
    descending: bool = True

    @property
    def name(self) -> str:
        """Give the order as it is written."""
        return f"{'-' if self.descending else ''}{self.field}"


def beyond(key: str, *, up: bool) -> Range:
    """Give the range of what is greater than a key, or smaller."""
    return Range(low=key) if up else Range(high=key)


def within_currency(currency: str, found: Range) -> Range:
    """Bound a range of numbers by the currency before them."""
    low = currency if found.low is None else currency + found.low
    high = currency + CUT if found.high is None else currency + found.high
    return Range(low, high, found.with_low or found.low is None, found.with_high)
