"""Maths in texts: Liquid takes whatever is no number for nought, which nobody would see, and rounds half to even."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import wraps
from math import isfinite, nan
from typing import Any

from liquid.exceptions import FilterArgumentError, LiquidError
from liquid.filter import liquid_filter, num_arg

MOST_BITS = 10_000
MOST_PLACES = 50
# The digits of the largest float, and those behind its point.
EXACT = Context(prec=310 + MOST_PLACES, rounding=ROUND_HALF_UP)
Number = int | float


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


def _is_endless(made: Any) -> bool:
    if isinstance(made, float):
        return not isfinite(made)
    return isinstance(made, int) and made.bit_length() > MOST_BITS
