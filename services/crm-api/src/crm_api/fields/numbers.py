"""Kinds of values that are counted: numbers, money, dates, yes and no."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from contracts.money import Money

from crm_api.config.currencies import is_known
from crm_api.fields.errors import Unfit
from crm_api.fields.reading import Reading

LARGEST_INTEGER = 2**53  # what JSON carries exactly
LONGEST_DECIMAL = 40


def integer(value: Any, _: Reading) -> int:
    """Read a whole number; raises `Unfit`."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_INTEGER:
        raise Unfit("send a whole number of at most 15 digits, without quotes")
    return value


def decimal(value: Any, _: Reading) -> str:
    """Read an exact number; raises `Unfit`."""
    # A JSON number has been through binary; only its digits as written are exact.
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Unfit("send it as text, like '12.50'")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Unfit("send it as text, like '12.50'") from None
    if not number.is_finite() or abs(number.adjusted()) > LONGEST_DECIMAL:
        raise Unfit(f"send a number of at most {LONGEST_DECIMAL} digits")
    written = format(number, "f")
    # Its digits are the key by which an index finds it, and no index takes a long one.
    if len(written.partition(".")[2]) > LONGEST_DECIMAL:
        raise Unfit(f"send a number of at most {LONGEST_DECIMAL} digits behind the point")
    return written


def money(value: Any, _: Reading) -> str:
    """Read an amount with its currency; raises `Unfit`."""
    try:
        read = Money.read(str(value))
    except ValueError as error:
        raise Unfit(str(error)) from None
    if not is_known(read.currency):
        raise Unfit(f"{read.currency} is no currency; use its three letters (ISO 4217), like 'EUR'")
    return str(read)


def day(value: Any, _: Reading) -> str:
    """Read a date; raises `Unfit`."""
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Unfit("write it like '2026-12-31'") from None


def moment(value: Any, _: Reading) -> str:
    """Read a moment, and give it in UTC; raises `Unfit`."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unfit("write it like '2026-12-31T10:00:00+01:00'") from None
    if at.tzinfo is None:
        raise Unfit("say the offset from UTC, like '2026-12-31T10:00:00+01:00'")
    try:
        return at.astimezone(UTC).isoformat()
    except OverflowError:
        raise Unfit("write it like '2026-12-31T10:00:00+01:00'") from None


def boolean(value: Any, _: Reading) -> bool:
    """Read a yes or no; raises `Unfit`."""
    if not isinstance(value, bool):
        raise Unfit("send true or false")
    return value
