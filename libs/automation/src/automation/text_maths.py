"""Maths in texts: Liquid takes whatever is no number for nought, which nobody would see, and rounds half to even.

Money goes by its amount and not by its letters, and has an order within one currency alone: texts know no rates.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import wraps
from math import isfinite, nan
from typing import Any

from contracts.money import WRITTEN, Money
from liquid.exceptions import FilterArgumentError, LiquidError
from liquid.filter import liquid_filter, num_arg, sequence_filter

from automation.paths import EMPTY, filled

MOST_BITS = 10_000
MOST_PLACES = 50
# The digits of the largest float, and those behind its point.
EXACT = Context(prec=310 + MOST_PLACES, rounding=ROUND_HALF_UP)
NO_ORDER = (
    "money in several currencies, or beside what is no money, has no order in a text;"
    " `pick-from-list` finds the smallest and the largest by the stored rates"
)
Number = int | float


class CannotOrder(ValueError):
    """Values of which none comes first; says why in words."""


def of_numbers(run: Callable[..., Any]) -> Callable[..., Any]:
    """Give a filter numbers alone, and refuse what grows without bound."""

    @wraps(run)
    def worked_out(*given: Any, **named: Any) -> Any:
        made = run(*map(number, given), **named)
        if _is_endless(made):
            raise LiquidError("a number has too many digits", token=None)
        return made

    return worked_out


def number(value: Any) -> Number:
    """Give a number, or what a text of one says; raises `LiquidError` in words."""
    try:
        # Of constants some are exact.
        found: Number = num_arg(str(value) if isinstance(value, Decimal) else value)
    except FilterArgumentError:
        found = nan
    if isinstance(found, float) and not isfinite(found):
        raise LiquidError(f"{value!s:.40} is no number; money and dates are worked out by `calculate`", token=None)
    return found


@liquid_filter
def rounded(value: Number, places: Number = 0) -> Number:
    """Round half up, as formulas do; raises nothing that `number` has not refused."""
    if places < 0:
        return 0
    if isinstance(value, int):
        return value
    exact = EXACT.quantize(Decimal(str(value)), Decimal(1).scaleb(-min(int(places), MOST_PLACES)))
    # Nought has no sign.
    return float(exact) + 0.0 if places >= 1 else int(exact)


def in_order(run: Callable[..., Any]) -> Callable[..., Any]:
    """Let a filter that sorts a list, or its records by a field, put money in order by its amount."""

    @wraps(run)
    @sequence_filter
    def ordered(given: Iterable[Any], key: object = None) -> Any:
        values = list(given)
        try:
            by = amounts([_part(one, key) for one in values])
        except CannotOrder as error:
            raise LiquidError(str(error), token=None) from None
        if by is None:
            return run(values, key)
        # What has no amount comes last, as what has no other value does.
        places = sorted(range(len(by)), key=lambda place: (by[place] is None, by[place] or 0))
        return [values[place] for place in places]

    return ordered


def amounts(values: Sequence[Any]) -> list[Decimal | None] | None:
    """Give by what money of one currency is put in order, None for what is empty; None at all where no value is money.

    Raises `CannotOrder` for money of several currencies, and for money beside what is none.
    """
    read = [_money(one) for one in values]
    found = [one for one in read if one is not None]
    if not found:
        return None
    _check_alike(found, values)
    return [None if one is None else one.amount for one in read]


def _check_alike(found: Sequence[Money], values: Sequence[Any]) -> None:
    if len(found) < sum(filled(one) is not EMPTY for one in values) or len({one.currency for one in found}) > 1:
        raise CannotOrder(NO_ORDER)


def _money(one: Any) -> Money | None:
    return Money.read(one) if isinstance(one, str) and WRITTEN.fullmatch(one) else None


def _part(one: Any, key: object) -> Any:
    return one.get(str(key)) if key and isinstance(one, Mapping) else one


def _is_endless(made: Any) -> bool:
    if isinstance(made, float):
        return not isfinite(made)
    return isinstance(made, int) and made.bit_length() > MOST_BITS
