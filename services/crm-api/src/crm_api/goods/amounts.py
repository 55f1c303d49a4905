"""Exact numbers as they travel, and currencies: which there are, and how amounts in them are rounded."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Annotated, Any

from babel.numbers import get_currency_precision, is_currency
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

FORM = r"\d{1,12}(\.\d{1,6})?"
WRITTEN = re.compile(FORM)
# Two numbers of 18 digits and a percentage multiply without losing any.
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


def read_exact(value: Any) -> Decimal:
    """Read a number as it is written; a JSON number has been through binary, so only text is exact."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not WRITTEN.fullmatch(value):
        raise ValueError("send it as text, like '12.50', with at most 12 digits before and 6 behind the point")
    return Decimal(value)


Exact = Annotated[
    Decimal,
    BeforeValidator(read_exact),
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{FORM}$", "examples": ["12.50"]}),
]
Quantity = Annotated[Exact, Field(gt=0)]
Percent = Annotated[Exact, Field(le=100)]


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
