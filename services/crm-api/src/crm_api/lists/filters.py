"""Filters as people write them, each a field and one operator, read for the fields of a type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args
from uuid import UUID

from automation.knowledge import Knowledge
from contracts.elements import ElementField, FieldKind
from contracts.money import Money
from pydantic import BaseModel, ConfigDict, Field

from crm_api.fields import FieldError, Reading, read_one, storable
from crm_api.lists.conditions import Condition, Order, Range, beyond, within_currency
from crm_api.lists.indexing import KEPT_ATTRIBUTES
from crm_api.lists.keys import LONGEST_KEY, folded, key, of_number

Operator = Literal["equals", "differs", "in", "contains", "empty", "greater", "smaller", "between", "before", "after"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
# What is read from the item itself, since a move changes it.
OF_ITEM: dict[str, FieldKind] = {"stage": "choice", "entered_at": "datetime"}
NAMED: tuple[Operator, ...] = ("equals", "differs", "in", "empty")
TEXTS: tuple[Operator, ...] = (*NAMED, "contains")
COUNTED: tuple[Operator, ...] = (*NAMED, "greater", "smaller", "between")
DATED: tuple[Operator, ...] = (*NAMED, "before", "after", "between")
OPERATORS_OF: dict[FieldKind, tuple[Operator, ...]] = {
    **dict.fromkeys(("string", "text", "phone", "email", "url"), TEXTS),
    **dict.fromkeys(("integer", "decimal", "money"), COUNTED),
    **dict.fromkeys(("date", "datetime"), DATED),
    **dict.fromkeys(("boolean", "choice", "person", "file", "link", "chat"), NAMED),
    "choices": (*NAMED, "contains"),
    "address": ("contains", "empty"),
}
MOST_VALUES = 100
UPWARD: set[Operator] = {"greater", "after"}
DOWNWARD: set[Operator] = {"smaller", "before"}


class WrittenCondition(BaseModel):
    """A condition on one field of the items, or on title, responsible, stage, created_at or entered_at.

    One operator goes with it. `in` and `between` take lists; `between` takes both ends in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    field: str
    equals: Any = None
    differs: Any = None
    in_: list[Any] | None = Field(None, alias="in")
    contains: str | None = None
    empty: bool | None = None
    greater: Any = None
    smaller: Any = None
    between: list[Any] | None = None
    before: Any = None
    after: Any = None

    @property
    def given(self) -> list[tuple[Operator, Any]]:
        """Give the operators that are written, with what stands behind them."""
        told = self.model_dump(by_alias=True, exclude_none=True)
        return [(operator, told[operator]) for operator in OPERATORS if operator in told]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads filters and orders on items of one type; raises `FieldError` with the path of what is wrong.

    `worth` gives an amount in every other currency for which there is a rate.
    """

    knowledge: Knowledge
    type: str
    worth: Callable[[Money], Sequence[Money]] = lambda _: ()

    @property
    def fields(self) -> Mapping[str, ElementField]:
        """Give what can be filtered by; a type's own field goes before what every item has under the same name."""
        common = {**KEPT_ATTRIBUTES, **OF_ITEM}
        return {name: ElementField(key=name, kind=kind) for name, kind in common.items()} | dict(
            self.knowledge.fields(self.type)
        )

    def home(self, name: str) -> Literal["index", "item", "link"]:
        """Say where the values of a field stand."""
        if name in OF_ITEM and name not in self.knowledge.fields(self.type):
            return "item"
        return "link" if self.fields[name].kind == "link" else "index"

    def condition(self, written: WrittenCondition, at: str) -> Condition:
        """Read one condition."""
        field = self._field(written.field, f"{at}.field")
        allowed = OPERATORS_OF[field.kind]
        if len(written.given) != 1:
            raise FieldError(at, "there is not one operator", f"send one of: {', '.join(allowed)}")
        [(operator, value)] = written.given
        at = f"{at}.{operator}"
        if operator not in allowed:
            raise FieldError(at, f"a {field.kind} cannot be compared so", f"use one of: {', '.join(allowed)}")
        blank = Condition(field.key, self.home(field.key))
        return self._test(blank, field, operator, value, at)

    def order(self, name: str, at: str, *, descending: bool) -> Order:
        """Read by what a list is sorted."""
        if name == "id":
            return Order(descending=descending)
        field = self._field(name, at)
        if field.multiple or field.kind in {"choices", "link"} or self.home(name) != "index":
            fix = "sort by a field with one value, by title, responsible or created_at, or by id"
            raise FieldError(at, f"a list cannot be sorted by {name}", fix)
        return Order(name, "index", descending)

    def _field(self, name: str, at: str) -> ElementField:
        field = self.fields.get(name)
        if field is None:
            fix = f"use one of: {', '.join(sorted(self.fields))}"
            raise FieldError(at, f"type {self.type!r} has no field {name[:100]!r}", fix)
        return field

    def _test(self, blank: Condition, field: ElementField, operator: Operator, value: Any, at: str) -> Condition:
        if operator == "empty":
            return replace(blank, negated=value)
        if operator == "contains" and field.kind != "choices":
            return replace(blank, containing=self._text(value, at))
        if operator == "between":
            return replace(blank, ranges=self._between(field, value, at))
        if operator in UPWARD | DOWNWARD:
            return replace(blank, ranges=self._beyond(field, value, at, up=operator in UPWARD))
        values = self._list(value, at) if operator == "in" else [(value, at)]
        keys = dict.fromkeys(self._key(field, one, place) for one, place in values)
        return replace(blank, any_of=tuple(keys), negated=operator == "differs")

    def _text(self, value: str, at: str) -> str:
        text = folded(value)
        if not text.strip() or len(text) > LONGEST_KEY or not storable(text):
            raise FieldError(at, "this cannot be looked for", f"send a text of at most {LONGEST_KEY} characters")
        return text

    def _name(self, value: Any, at: str) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_KEY or not storable(value):
            raise FieldError(at, "this is no stage", "send the key of a stage")
        return value

    def _list(self, value: list[Any], at: str) -> list[tuple[Any, str]]:
        if not 0 < len(value) <= MOST_VALUES:
            raise FieldError(at, f"these are {len(value)} values", f"send 1 to {MOST_VALUES}")
        return [(one, f"{at}.{n}") for n, one in enumerate(value)]

    def _between(self, field: ElementField, value: list[Any], at: str) -> tuple[Range, ...]:
        if len(value) != len(("low", "high")):
            raise FieldError(at, f"these are {len(value)} values", "send the lower and the upper end")
        low, high = (self._read(field, one, f"{at}.{n}") for n, one in enumerate(value))
        if field.kind != "money":
            return (Range(key(field.kind, low), key(field.kind, high), with_low=True, with_high=True),)
        least, most = Money.read(low), Money.read(high)
        if least.currency != most.currency:
            raise FieldError(at, "the ends are of two currencies", "send both in one currency")
        return tuple(
            within_currency(a.currency, Range(of_number(a.amount), of_number(b.amount), with_low=True, with_high=True))
            for a, b in zip((least, *self.worth(least)), (most, *self.worth(most)), strict=True)
        )

    def _beyond(self, field: ElementField, value: Any, at: str, *, up: bool) -> tuple[Range, ...]:
        read = self._read(field, value, at)
        if field.kind != "money":
            return (beyond(key(field.kind, read), up=up),)
        money = Money.read(read)
        told = (money, *self.worth(money))
        return tuple(within_currency(one.currency, beyond(of_number(one.amount), up=up)) for one in told)

    def _key(self, field: ElementField, value: Any, at: str) -> str:
        if field.kind == "link":
            try:
                return str(UUID(str(value)))
            except ValueError:
                raise FieldError(at, f"{str(value)[:100]!r} is no item", "send the id of an item") from None
        if field.key == "stage" and self.home("stage") == "item":
            return self._name(value, at)
        read = self._read(field, value, at)
        if len(str(read)) > LONGEST_KEY:
            raise FieldError(at, "this is too long to be compared", f"send at most {LONGEST_KEY} characters")
        return key("choice" if field.kind == "choices" else field.kind, read)

    def _read(self, field: ElementField, value: Any, at: str) -> Any:
        one = field.model_copy(update={"kind": "choice" if field.kind == "choices" else field.kind})
        reading = Reading(one, self.knowledge.portal.country, self.knowledge.people)
        return read_one(value, reading, at)
