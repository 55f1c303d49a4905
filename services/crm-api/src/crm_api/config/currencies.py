"""Currencies: which there are, and how amounts in them are rounded."""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision, is_currency

# Two numbers of 18 digits and a percentage multiply without losing any.
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


def is_known(currency: str) -> bool:
    """Say whether there is such a currency (ISO 4217, as CLDR lists it)."""
    return bool(is_currency(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round an amount commercially, half away from zero, to the digits of its currency."""
    return EXACT.quantize(amount, Decimal(1).scaleb(-get_currency_precision(currency)))


def rounded_fraction(amount: Fraction, currency: str) -> Decimal:
    """Round an exact fraction to the digits of a currency."""
    # Doubled and cut off: a half is told from what is only near it, which a division to decimals could not.
    unit = Decimal(1).scaleb(-get_currency_precision(currency))
    cents = (2 * abs(amount) / Fraction(unit) + 1) // 2
    return EXACT.multiply(Decimal(cents if amount >= 0 else -cents), unit)
