"""How documents write money, numbers and days: as people of a language do."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from automation.wall_times import read_moment, read_zone

ENGLISH = "en"
# Nobody reads more of a number.
MOST_DIGITS = 100
MOST_PLACES = 9
# Half a cent is rounded up, as in formulas; every number that is read here is held whole.
EXACT = Context(prec=MOST_DIGITS + 2 * MOST_PLACES, rounding=ROUND_HALF_UP)
FORMS = ("short", "medium", "long", "full")
Filters = dict[str, Callable[..., str]]


class CannotWrite(ValueError):
    """A value is not of the kind that a filter writes; says so in words."""


def filters(language: str, zone: str) -> Filters:
    """Give the filters of documents in a language; moments are written as the clocks of a zone show them."""
    locale = locale_of(language)

    def money(value: Any, currency: str = "") -> str:
        amount, _, own = str(value).partition(" ")
        code = own or currency
        if not code:
            return number(amount, 2)
        with localcontext(EXACT):
            written: str = format_currency(_number(amount), code, locale=locale)
        return written

    def number(value: Any, digits: Any = None) -> str:
        form = None if digits is None else _places(digits)
        with localcontext(EXACT):
            written: str = format_decimal(_number(value), form, locale=locale, decimal_quantization=digits is not None)
        return written

    def day(value: Any, form: str = "long") -> str:
        return format_date(_shown(value, read_zone(zone)), _form(form), locale=locale)

    def moment(value: Any, form: str = "long") -> str:
        shown = _shown(value, read_zone(zone))
        if not isinstance(shown, datetime):
            return day(value, form)
        return format_datetime(shown, _form(form), locale=locale)

    return {"money": money, "number": number, "day": day, "moment": moment}


def half_up(value: Any, places: int) -> Decimal:
    """Round a number half up; raises `CannotWrite` where it is none."""
    return EXACT.quantize(_number(value), Decimal(1).scaleb(-min(places, MOST_PLACES)))


def locale_of(language: str) -> Locale:
    """Give the locale of a language, English for one that nobody knows."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(ENGLISH)


def _number(value: Any) -> Decimal:
    try:
        read = Decimal(str(value).strip())
    except InvalidOperation:
        raise CannotWrite(f"{value!s:.40} is no number") from None
    if not read.is_finite() or abs(read.adjusted()) > MOST_DIGITS:
        raise CannotWrite(f"{value!s:.40} is no number")
    return read


def _places(digits: Any) -> str:
    """Give the form of a number with so many digits behind the point."""
    places = _number(digits)
    return "#,##0" + (f".{'0' * int(min(places, Decimal(MOST_PLACES)))}" if places >= 1 else "")


def _shown(value: Any, zone: ZoneInfo) -> date:
    """Give a day as it is, a moment as the clocks of a zone show it, by which one without an offset is read."""
    text = str(value)
    try:
        if len(text) <= len("2026-11-30"):
            return date.fromisoformat(text)
        return read_moment(text, zone).astimezone(zone)
    except (ValueError, OverflowError):
        raise CannotWrite(f"{text:.40} is no date") from None


def _form(form: str) -> Any:
    if form not in FORMS:
        raise CannotWrite(f"{form!s:.40} is no form of a date; use one of: {', '.join(FORMS)}")
    return form
