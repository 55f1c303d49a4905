"""What rows of goods come to: net, discount, tax and gross, of each row and of all.

1. Quantity times price is rounded, and so is a discount in percent; both to the digits of the currency.
2. Where the price holds the tax, the tax is a part of what remains; else it comes on top. It is rounded once, by row.
3. All together is the sum of the rows, so that what is printed adds up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from crm_api.config.currencies import EXACT, rounded
from crm_api.fields import FieldError
from crm_api.goods.amounts import Exact
from crm_api.goods.rows import Row, Strict

HUNDRED = Decimal(100)


class Sums(Strict):
    """What something comes to: `gross` is to be paid, `net` and `tax` are its parts, `discount` was taken off."""

    net: Exact = Decimal(0)
    discount: Exact = Decimal(0)
    tax: Exact = Decimal(0)
    gross: Exact = Decimal(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """What rows come to in a currency: each by itself, and all together."""

    currency: str
    rows: tuple[Sums, ...]
    total: Sums


def totals(rows: Iterable[Row], currency: str) -> Totals:
    """Calculate what rows come to; raises `FieldError` for a discount that is more than its row."""
    sums = tuple(sums_of(row, currency, f"rows.{n}") for n, row in enumerate(rows))
    return Totals(currency, sums, total(sums, currency))


def sums_of(row: Row, currency: str, at: str = "row") -> Sums:
    """Calculate what one row comes to; raises `FieldError` for a discount that is more than the row."""
    full = rounded(EXACT.multiply(row.quantity, row.price), currency)
    discount = discount_of(row, full, currency)
    if discount > full:
        fix = f"send at most {full}"
        raise FieldError(f"{at}.discount", f"the discount is more than the row, which comes to {full}", fix)
    rest = EXACT.subtract(full, discount)
    if row.tax_included:
        tax = rounded(EXACT.divide(EXACT.multiply(rest, row.tax), EXACT.add(HUNDRED, row.tax)), currency)
        return Sums(net=EXACT.subtract(rest, tax), discount=discount, tax=tax, gross=rest)
    tax = rounded(EXACT.divide(EXACT.multiply(rest, row.tax), HUNDRED), currency)
    return Sums(net=rest, discount=discount, tax=tax, gross=EXACT.add(rest, tax))


def discount_of(row: Row, full: Decimal, currency: str) -> Decimal:
    """Give what is taken off a row that comes to `full`."""
    if row.discount is None:
        return rounded(Decimal(0), currency)
    if row.discount.percent is not None:
        return rounded(EXACT.divide(EXACT.multiply(full, row.discount.percent), HUNDRED), currency)
    return rounded(row.discount.amount or Decimal(0), currency)


def total(sums: Iterable[Sums], currency: str) -> Sums:
    """Add up what rows come to."""
    net = discount = tax = gross = rounded(Decimal(0), currency)
    for one in sums:
        net, discount = EXACT.add(net, one.net), EXACT.add(discount, one.discount)
        tax, gross = EXACT.add(tax, one.tax), EXACT.add(gross, one.gross)
    return Sums(net=net, discount=discount, tax=tax, gross=gross)
