"""How documents write money, numbers and days: as people of a language do."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from automation.wall_times import read_zone

ENGLISH = "en"
# Nobody reads more of a number.
MOST_DIGITS = 100
MOST_PLACES = 9
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
        written: str = format_currency(_number(amount), code, locale=locale) if code else number(amount, 2)
        return written

    def number(value: Any, digits: Any = None) -> str:
        form = None if digits is None else _places(digits)
        written: str = format_decimal(_number(value), form, locale=locale, decimal_quantization=digits is not None)
        return written

    def day(value: Any, form: str = "long") -> str:
        moment = _moment(value)
        shown = moment.astimezone(read_zone(zone)).date() if isinstance(moment, datetime) else moment
        return format_date(shown, _form(form), locale=locale)

    def moment(value: Any, form: str = "long") -> str:
        read = _moment(value)
        if not isinstance(read, datetime):
            return day(value, form)
        return format_datetime(read.astimezone(read_zone(zone)), _form(form), locale=locale)

    return {"money": money, "number": number, "day": day, "moment": moment}


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


def _moment(value: Any) -> date:
    text = str(value)
    try:
        return datetime.fromisoformat(text) if len(text) > len("2026-11-30") else date.fromisoformat(text)
    except ValueError:
        raise CannotWrite(f"{text:.40} is no date") from None


def _form(form: str) -> Any:
    if form not in FORMS:
        raise CannotWrite(f"{form!s:.40} is no form of a date; use one of: {', '.join(FORMS)}")
    return form
