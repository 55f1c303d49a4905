"""Conditions of lists as SQL: what is asked of an item `i` with its index row `k`, and which rows can be looked up.

All that comes from outside is a parameter.
"""

from collections.abc import Iterator
from typing import Any

from crm_api.access.rights import Reach
from crm_api.lists.conditions import Condition, Range
from crm_api.store.rights import allowed


class Values:
    """The parameters of a statement that is being composed; each value has one number, however often it is used."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._reaches: dict[Reach, int] = {}

    def within(self, reach: Reach) -> str:
        """Give what a reach asks of `i`."""
        if reach not in self._reaches:
            self._reaches[reach] = len(self.all) + 1
            self.all += reach.values
        return allowed(self._reaches[reach])

    def put(self, value: Any, cast: str) -> str:
        """Give how the statement names a value."""
        for n, known in enumerate(self.all, start=1):
            if known is value or (type(known) is type(value) and known == value):
                return f"${n}::{cast}"
        self.all.append(value)
        return f"${len(self.all)}::{cast}"

    def text(self, value: str) -> str:
        """Give how the statement names a text."""
        return self.put(value, "text")

    def texts(self, value: tuple[str, ...]) -> str:
        """Give how the statement names several texts."""
        return self.put(list(value), "text[]")


def asked(values: Values, condition: Condition) -> str:
    """Give a condition as a predicate on `i` and `k`."""
    positive = {"index": _of_index, "item": _of_item, "link": _of_link}[condition.home](values, condition)
    return f"NOT coalesce({positive}, false)" if condition.negated else positive


def looked_up(values: Values, type_: str, condition: Condition) -> str:
    """Give the query for the items that fulfil a condition, as `item`, along the index of its field."""
    if condition.home == "link":
        return f"SELECT from_id AS item FROM link WHERE {_leads(values, condition)}"
    of_field = f"v.type = {values.text(type_)} AND v.field = {values.text(condition.field)}"
    return f"SELECT v.item FROM field_value v WHERE {of_field}{along(values, condition)}"


def along(values: Values, condition: Condition) -> str:
    """Give what a condition asks of the keys `v` of its field, to be added to a WHERE."""
    if condition.any_of:
        return f" AND v.key = ANY({values.texts(condition.any_of)})"
    if condition.ranges:
        return f" AND ({_any(values, 'v.key', condition.ranges)})"
    return ""


def _of_index(values: Values, condition: Condition) -> str:
    field = values.text(condition.field)
    if condition.any_of:
        return f"(k.keys -> {field}) ?| {values.texts(condition.any_of)}"
    if condition.ranges:
        return _some_key(field, _any(values, 'e.key COLLATE "C"', condition.ranges))
    if condition.containing:
        return _some_key(field, f"position({values.text(condition.containing)} IN e.key) > 0")
    return f"k.keys ? {field}"


def _some_key(field: str, test: str) -> str:
    return f"EXISTS (SELECT FROM jsonb_array_elements_text(k.keys -> {field}) AS e(key) WHERE {test})"


def _of_item(values: Values, condition: Condition) -> str:
    if condition.field == "stage":
        return f"i.stage = ANY({values.texts(condition.any_of)})" if condition.any_of else "i.stage <> ''"
    if condition.any_of:
        return f"i.entered_at = ANY({values.texts(condition.any_of)}::timestamptz[])"
    return f"({_any(values, 'i.entered_at', condition.ranges, '::timestamptz')})" if condition.ranges else "true"


def _of_link(values: Values, condition: Condition) -> str:
    return f"EXISTS (SELECT FROM link WHERE from_id = i.id AND {_leads(values, condition)})"


def _leads(values: Values, condition: Condition) -> str:
    role = f"role = {values.text(condition.field)}"
    return f"{role} AND to_id = ANY({values.texts(condition.any_of)}::uuid[])" if condition.any_of else role


def _any(values: Values, key: str, ranges: tuple[Range, ...], cast: str = "") -> str:
    return " OR ".join(f"({' AND '.join(_ends(values, key, one, cast))})" for one in ranges)


def _ends(values: Values, key: str, one: Range, cast: str) -> Iterator[str]:
    if one.low is not None:
        yield f"{key} {'>=' if one.with_low else '>'} {values.text(one.low)}{cast}"
    if one.high is not None:
        yield f"{key} {'<=' if one.with_high else '<'} {values.text(one.high)}{cast}"
