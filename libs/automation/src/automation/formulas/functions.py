"""The functions of formulas."""

import operator
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from contracts.money import Money

from automation.formulas.operands import (
    PLACES,
    CannotCalculate,
    Empty,
    Moment,
    as_decimal,
    day_of,
    number_of,
    short,
    there,
)
from automation.formulas.operators import Operation, compare
from automation.wall_times import local_day


def rounded(_: Moment, value: Any, places: Any = Decimal()) -> Any:
    """Round a number or money to places after the point, half up."""
    value = there(value)
    if not isinstance(places, Decimal) or not 0 <= places <= PLACES:
        raise CannotCalculate(f"round takes 0 to {PLACES} places")
    unit = Decimal(1).scaleb(-int(places))
    if isinstance(value, Money):
        return Money(value.amount.quantize(unit, ROUND_HALF_UP), value.currency)
    return as_decimal("round", value).quantize(unit, ROUND_HALF_UP)


def absolute(_: Moment, value: Any) -> Any:
    """Give a number or money without its sign."""
    value = there(value)
    return Money(abs(value.amount), value.currency) if isinstance(value, Money) else abs(as_decimal("abs", value))


def smallest(at: Moment, *values: Any) -> Any:
    """Give the smallest of several values of one kind."""
    return _extreme(at, operator.lt, values)


def largest(at: Moment, *values: Any) -> Any:
    """Give the largest of several values of one kind."""
    return _extreme(at, operator.gt, values)


def default(_: Moment, value: Any, instead: Any) -> Any:
    """Give a value, or another where it is empty."""
    return instead if isinstance(value, Empty) else value


def as_money(at: Moment, value: Any, currency: Any = "") -> Money:
    """Give a number, or a text like `10.00 EUR`, as money; in the portal's currency where none is named."""
    value = there(value)
    try:
        if isinstance(value, str):
            return Money.read(value)
        return Money.read(f"{short(as_decimal('money', value)):f} {currency or at.facts.knowledge.portal.currency}")
    except ValueError as error:
        raise CannotCalculate(str(error)) from None


def as_number(_: Moment, value: Any) -> Decimal:
    """Give the amount of money, or a text of digits, as a number."""
    value = there(value)
    return value.amount if isinstance(value, Money) else as_decimal("number", number_of(str(value)))


def as_date(_: Moment, value: Any) -> date:
    """Give a text like `2026-12-31` as a date."""
    return day_of(there(value))


def today(at: Moment) -> date:
    """Give the day on which the rule runs, in the portal's zone."""
    return local_day(at.now, at.facts.zone)


def _extreme(at: Moment, by: Callable[[Any, Any], bool], values: tuple[Any, ...]) -> Any:
    if not values:
        raise CannotCalculate("min and max take values")
    best = there(values[0])
    for value in values[1:]:
        if compare(by)(at, value, best):
            best = value
    return best


FUNCTIONS: dict[str, Operation] = {
    "round": rounded,
    "min": smallest,
    "max": largest,
    "abs": absolute,
    "default": default,
    "money": as_money,
    "number": as_number,
    "date": as_date,
    "today": today,
}
