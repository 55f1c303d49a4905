"""pick-from-list: one of a list that an earlier rule gave, or that is written here."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Self
from uuid import UUID

from contracts.data import JsonObject
from contracts.ids import derived
from contracts.money import Money
from pydantic import Field, model_validator

from automation.actions.action import Action, CannotCompute, Params, Value
from automation.facts import Facts
from automation.paths import EMPTY, filled
from automation.rates import NoRate, rates_of
from automation.values import Unreadable, guess, shown, typed

MOST = 200
Way = Literal["first", "last", "nth", "random", "smallest", "largest"]


class PickFromList(Params):
    """Of `items`, such as `results.deals.items`, or of written `values`: the one that `pick` says.

    `nth` counts from 1, from the end where it is negative. `compare` is the field by which the smallest and the largest
    are found, `field` what is taken of a record as the value. What is random is the same whenever it is asked again.
    """

    items: Value = ""
    values: list[Any] = Field(default_factory=list, max_length=MOST)
    pick: Way = "first"
    nth: int = 1
    compare: str = ""
    field: str = ""

    @model_validator(mode="after")
    def _of_one_list(self) -> Self:
        if bool(self.items) is bool(self.values):
            raise ValueError("name one list: items, such as results.deals.items, or values")
        if self.nth == 0:
            raise ValueError("nth counts from 1, or from -1 for the last")
        return self


def compute(params: JsonObject, facts: Facts, execution: UUID) -> JsonObject:
    """Give the one that was picked, how many there were, and where there is none only that."""
    given = params["values"] or params["items"] or []
    if not isinstance(given, list | tuple):
        raise CannotCompute(f"{shown(given):.100} is no list")
    number = _number(given, params, facts, execution)
    if number is None:
        return {"count": len(given)}
    picked = given[number]
    value = _part(picked, params["field"]) if params["field"] else picked
    found = {"value": value, "item": picked if isinstance(picked, Mapping) else None, "count": len(given)}
    return {name: one for name, one in found.items() if one is not None}


def _number(given: Sequence[Any], params: JsonObject, facts: Facts, execution: UUID) -> int | None:
    """Say which one is picked, None where there is none."""
    count, way = len(given), params["pick"]
    if way in SIZES:
        return _by_size(given, params["compare"], facts, SIZES[way])
    places = {"first": 0, "last": count - 1, "random": derived("pick", execution).int % max(count, 1)}
    nth = params["nth"]
    place = places.get(way, nth - 1 if nth > 0 else count + nth)
    return place if 0 <= place < count else None


def _by_size(given: Sequence[Any], field: str, facts: Facts, choose: Callable[..., Any]) -> int | None:
    """Find the smallest or largest, the first of equal ones; what has no value is left out."""
    values = [(n, _part(one, field) if field else one) for n, one in enumerate(given)]
    sized = [(n, _size(value, facts)) for n, value in values if filled(value) is not EMPTY]
    if len({kind for _, (kind, _) in sized}) > 1:
        raise CannotCompute("the values are of different kinds, of which none is the smallest or largest")
    return choose(sized, key=lambda one: one[1][1], default=(None, None))[0]  # type: ignore[no-any-return]


def _part(one: Any, field: str) -> Any:
    if not isinstance(one, Mapping):
        raise CannotCompute(f"{shown(one):.100} has no field {field!r}: the list holds no records")
    return one.get(field)


def _size(raw: Any, facts: Facts) -> tuple[str, Any]:
    """Give a value with its kind as it compares: numbers, money in the portal's currency, moments, texts."""
    if (number := _as_number(raw)) is not None:
        return "number", number
    try:
        value = typed(raw, guess(raw), facts)
    except Unreadable:
        value = shown(raw)  # looks like a date, and is none
    if not isinstance(value, Money):
        return type(value).__name__, value
    try:
        rates = rates_of(facts.knowledge)
        return "money", rates.convert(value, facts.knowledge.portal.currency, facts.day).amount
    except NoRate as error:
        raise CannotCompute(str(error)) from None


def _as_number(raw: Any) -> Decimal | None:
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


SIZES: Mapping[str, Callable[..., Any]] = {"smallest": min, "largest": max}
ACTION = Action(
    "pick-from-list", None, "crm", "reversible", PickFromList, results=("value", "item", "count"), compute=compute
)
