"""Values as comparisons need them: numbers exact, money with its currency, dates as moments; and how they are shown."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from math import isfinite
from typing import Any

from contracts.elements import FieldKind
from contracts.money import WRITTEN, Money

from automation.facts import Facts
from automation.wall_times import read_moment

# More digits than anybody counts with: exact arithmetic on them would take for ever.
MOST_DIGITS = 5_000
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
FORMS: tuple[tuple[re.Pattern[str], FieldKind], ...] = ((WRITTEN, "money"), (ISO_DATE, "datetime"))
# A truth value is an integer too, so it comes first.
TYPES: tuple[tuple[tuple[type, ...], FieldKind], ...] = (
    ((bool,), "boolean"),
    ((int, float, Decimal), "decimal"),
    ((Money,), "money"),
    ((date,), "datetime"),
)
YES = {"true": True, "false": False}


class Unreadable(ValueError):
    """A stored value is not of the kind that it should be."""


def guess(written: Any) -> FieldKind:
    """Give the kind that a value written in a document has by its looks."""
    if isinstance(written, str):
        return next((kind for form, kind in FORMS if form.fullmatch(written)), "string")
    return next((kind for types, kind in TYPES if isinstance(written, types)), "string")


def typed(raw: Any, kind: FieldKind, facts: Facts) -> Any:
    """Read a stored value as its kind; raises `Unreadable` with words."""
    if isinstance(raw, list | tuple):
        return [typed(one, kind, facts) for one in raw]
    read = READ.get(kind, _text)
    try:
        return read(raw, facts)
    except (ValueError, InvalidOperation):
        raise Unreadable(f"{shown(raw)} is not a value of kind {kind}") from None


def plain_reader(kind: FieldKind, example: Any) -> Callable[[Any], Any]:
    """Give what reads stored values of a kind in their usual form, for comparisons with one that is typed already.

    It gives what two values are ordered by, and None for whatever is not in that form: that takes `typed`.
    """
    if kind == "money":
        return partial(_plain_money, example.currency)
    return PLAIN.get(kind, _plain_text)


def _plain_money(currency: str, raw: Any) -> Decimal | None:
    found = WRITTEN.fullmatch(raw) if isinstance(raw, str) else None
    return Decimal(found[1]) if found is not None and found[2] == currency else None


def _plain_number(raw: Any) -> int | Decimal | None:
    if type(raw) is int:
        return raw
    return Decimal(str(raw)) if isinstance(raw, float) and isfinite(raw) else None


def _plain_bool(raw: Any) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _plain_text(raw: Any) -> str | None:
    return raw if isinstance(raw, str) else None


def shown(raw: Any) -> str:
    """Show a value in a reason."""
    if isinstance(raw, Mapping):
        raw = list(raw.values())
    if isinstance(raw, list | tuple):
        return ", ".join(map(shown, raw))
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return str(raw)


def _number(raw: Any, _: Facts) -> Decimal:
    if isinstance(raw, bool):
        raise Unreadable("a yes or no is not a number")
    number = Decimal(str(raw))
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise Unreadable("not a number")
    return number


def _money(raw: Any, facts: Facts) -> Money:
    if isinstance(raw, Money):
        return raw
    if isinstance(raw, str) and " " in raw:
        return Money.read(raw)
    return Money(_number(raw, facts), facts.knowledge.portal.currency)


def _moment(raw: Any, facts: Facts) -> datetime:
    return read_moment(raw.isoformat() if isinstance(raw, datetime | date) else str(raw), facts.zone)


def _yes_or_no(raw: Any, _: Facts) -> bool:
    if isinstance(raw, bool):
        return raw
    if str(raw).lower() not in YES:
        raise Unreadable("neither yes nor no")
    return YES[str(raw).lower()]


def _text(raw: Any, _: Facts) -> str:
    return raw if isinstance(raw, str) else shown(raw)


PLAIN: dict[FieldKind, Callable[[Any], Any]] = {
    "integer": _plain_number,
    "decimal": _plain_number,
    "boolean": _plain_bool,
}
READ = {
    "integer": _number,
    "decimal": _number,
    "money": _money,
    "date": _moment,
    "datetime": _moment,
    "boolean": _yes_or_no,
}
