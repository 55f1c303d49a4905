"""The values of formulas: read from facts as what they are, and written as fields hold them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from contracts.money import Money

from automation.facts import EMPTY, Facts
from automation.intervals import Interval
from automation.paths import UNKNOWN
from automation.rates import NoRate, rates_of
from automation.values import Unreadable, guess, typed
from automation.wall_times import BEYOND, local_day, moment

PLACES = 8
DAY_WRITTEN = len("2026-03-02")


class CannotCalculate(ValueError):
    """Values between which there is no such calculation; says so in words."""


@dataclass(frozen=True, slots=True)
class Empty:
    """A value that is not there; only `default` takes it."""

    path: str

    def __bool__(self) -> bool:
        """Count as no."""
        return False


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a formula is worked out: the day of rates, the zone of dates."""

    facts: Facts
    now: datetime

    def in_currency(self, money: Money, to: str) -> Money:
        """Give money in a currency by the rate of the day."""
        day = local_day(self.now, self.facts.zone)
        try:
            return Money(decimal_of(rates_of(self.facts.knowledge).convert(money, to, day).amount), to)
        except NoRate as error:
            raise CannotCalculate(str(error)) from None

    def shifted(self, start: date, interval: Interval, sign: int) -> date:
        """Give a moment or a day an interval later, or earlier; raises `CannotCalculate`."""
        zone, shift = self.facts.zone, interval.after if sign > 0 else interval.before
        try:
            if isinstance(start, datetime):
                return shift(start, zone)
            return local_day(shift(moment(datetime.combine(start, time()), zone), zone), zone)
        except (ValueError, OverflowError):
            raise CannotCalculate(f"{start} and {interval} {BEYOND}") from None


def read_value(path: str, facts: Facts) -> Any:
    """Read a value as what it is: a number, money, a day, a moment, a yes or no, else a text."""
    raw = facts.get(path)
    if raw is EMPTY or raw is UNKNOWN:
        return Empty(path)
    kind = facts.kind(path) or guess(raw)
    try:
        if kind in {"date", "datetime"}:
            day = str(raw)
            return day_of(day) if len(day) == DAY_WRITTEN else typed(raw, kind, facts)
        value = typed(raw, kind, facts)
    except Unreadable as error:
        raise CannotCalculate(f"{path}: {error}") from None
    return number_of(value) if isinstance(value, str) else value


def written(value: Any) -> str:
    """Write a result as a field holds it."""
    value = there(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{short(value):f}"
    if isinstance(value, Money):
        return str(Money(short(value.amount), value.currency))
    return value.isoformat() if isinstance(value, date) else str(value)


def there(value: Any) -> Any:
    """Give a value that must not be empty; raises `CannotCalculate`."""
    if isinstance(value, Empty):
        raise CannotCalculate(f"{value.path} is empty; fill it, or write default({value.path}, 0)")
    return value


def as_decimal(sign: str, value: Any) -> Decimal:
    """Give a value that must be a number; raises `CannotCalculate` that names the sign."""
    if not isinstance(value, Decimal):
        raise CannotCalculate(f"{shown_as(value)} is no number, and there is no {sign} for it")
    return value


def day_of(value: Any) -> date:
    """Give a date, read where it is written; raises `CannotCalculate`."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise CannotCalculate(f"{shown_as(value)} is no date; write it like '2026-12-31'") from None


def number_of(text: str) -> Any:
    """Give a text of digits as a number, any other as it is."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def decimal_of(fraction: Fraction) -> Decimal:
    """Give a fraction as exactly as the precision allows."""
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def short(number: Decimal) -> Decimal:
    """Give a number with at most eight places, half up; of more, without the zeros at their end."""
    number = +number
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -PLACES:
        return number.quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP).normalize()
    return number


def shown_as(value: Any) -> str:
    """Show a value in words for people."""
    return str(value) if isinstance(value, Money | date) else repr(str(value))
