"""What formulas do with values: numbers exactly, money in its currency, dates with intervals."""

import ast
import operator
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from contracts.money import Money

from automation.formulas.operands import CannotCalculate, Moment, as_decimal, day_of, decimal_of, shown_as, there
from automation.intervals import Interval
from automation.wall_times import local_day

LARGEST_POWER = 100
SECONDS_A_DAY = 86_400


def add(at: Moment, left: Any, right: Any) -> Any:
    """Add numbers, money, or an interval to a date."""
    left, right = there(left), there(right)
    if isinstance(left, date) and isinstance(right, str):
        return at.shifted(left, _interval(right), 1)
    return _summed(at, operator.add, left, right, "+")


def subtract(at: Moment, left: Any, right: Any) -> Any:
    """Subtract numbers, money, an interval from a date, or a date from another, which gives days."""
    left, right = there(left), there(right)
    if isinstance(left, date) and isinstance(right, str):
        return at.shifted(left, _interval(right), -1)
    if isinstance(left, date) and isinstance(right, date):
        return _days_between(at, left, right)
    return _summed(at, operator.sub, left, right, "-")


def multiply(_: Moment, left: Any, right: Any) -> Any:
    """Multiply numbers, or money by a number."""
    left, right = there(left), there(right)
    if isinstance(right, Money):
        left, right = right, left
    if isinstance(left, Money) and isinstance(right, Decimal):
        return Money(left.amount * right, left.currency)
    return _numbers("*", left, right, operator.mul)


def divide(at: Moment, left: Any, right: Any) -> Any:
    """Divide numbers, money by a number, or money by money, which gives a number."""
    left, right = there(left), there(right)
    if isinstance(left, Money) and isinstance(right, Money):
        return left.amount / at.in_currency(right, left.currency).amount
    if isinstance(left, Money) and isinstance(right, Decimal):
        return Money(left.amount / right, left.currency)
    return _numbers("/", left, right, operator.truediv)


def remainder(_: Moment, left: Any, right: Any) -> Any:
    """Give what is left of a division of numbers."""
    return _numbers("%", there(left), there(right), operator.mod)


def whole(_: Moment, left: Any, right: Any) -> Any:
    """Divide numbers and leave out the fraction."""
    return _numbers("//", there(left), there(right), operator.floordiv)


def power(_: Moment, left: Any, right: Any) -> Any:
    """Raise a number to a power."""
    left, right = there(left), there(right)
    if isinstance(right, Decimal) and abs(right) > LARGEST_POWER:
        raise CannotCalculate(f"a power is at most {LARGEST_POWER}")
    return _numbers("**", left, right, operator.pow)


def compare(by: Callable[[Any, Any], bool]) -> Callable[[Moment, Any, Any], bool]:
    """Give a comparison of two values of one kind."""

    def compared(at: Moment, left: Any, right: Any) -> bool:
        left, right = there(left), there(right)
        if isinstance(left, Money) and isinstance(right, Money):
            return by(left.amount, at.in_currency(right, left.currency).amount)
        if isinstance(left, date) and isinstance(right, str):
            right = day_of(right)
        if type(left) is not type(right):
            raise CannotCalculate(f"{shown_as(left)} and {shown_as(right)} cannot be compared")
        return by(left, right)

    return compared


def negative(_: Moment, value: Any) -> Any:
    """Change the sign of a number or money."""
    value = there(value)
    return Money(-value.amount, value.currency) if isinstance(value, Money) else -as_decimal("-", value)


def positive(_: Moment, value: Any) -> Any:
    """Leave a number or money as it is."""
    return value if isinstance(value, Money) else as_decimal("+", there(value))


def _summed(at: Moment, do: Callable[[Any, Any], Any], left: Any, right: Any, sign: str) -> Any:
    if isinstance(left, Money) and isinstance(right, Money):
        return Money(do(left.amount, at.in_currency(right, left.currency).amount), left.currency)
    if isinstance(left, Money) or isinstance(right, Money):
        raise CannotCalculate(
            f"{shown_as(left)} {sign} {shown_as(right)}: write money(…) for the one without a currency"
        )
    return _numbers(sign, left, right, do)


def _days_between(at: Moment, left: date, right: date) -> Decimal:
    if isinstance(left, datetime) and isinstance(right, datetime):
        seconds = (left - right).total_seconds()
        return decimal_of(Fraction(seconds) / SECONDS_A_DAY)
    days = [local_day(one, at.facts.zone) if isinstance(one, datetime) else one for one in (left, right)]
    return Decimal((days[0] - days[1]).days)


def _numbers(sign: str, left: Any, right: Any, do: Callable[[Any, Any], Any]) -> Any:
    return do(as_decimal(sign, left), as_decimal(sign, right))


def _interval(text: str) -> Interval:
    try:
        interval = Interval.read(text)
    except ValueError as error:
        raise CannotCalculate(str(error)) from None
    if interval.working:
        raise CannotCalculate("a formula has no working time; let a rule wait for it")
    return interval


Operation = Callable[..., Any]
OPERATORS: dict[type[ast.AST], Operation] = {
    ast.Add: add,
    ast.Sub: subtract,
    ast.Mult: multiply,
    ast.Div: divide,
    ast.FloorDiv: whole,
    ast.Mod: remainder,
    ast.Pow: power,
    ast.Eq: compare(operator.eq),
    ast.NotEq: compare(operator.ne),
    ast.Lt: compare(operator.lt),
    ast.LtE: compare(operator.le),
    ast.Gt: compare(operator.gt),
    ast.GtE: compare(operator.ge),
    ast.USub: negative,
    ast.UAdd: positive,
    ast.Not: lambda _, value: not value,
}
