"""The values at which comparisons turn: those that are written, and some between, below and above them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from contracts.elements import FieldKind
from contracts.money import Money

from automation.conditions import Comparison
from automation.conditions.emptiness import Empty
from automation.facts import EMPTY, Facts
from automation.values import Unreadable, typed

Claim = tuple[Comparison, bool]  # a comparison, and whether it must hold
SOME: dict[FieldKind, tuple[Any, ...]] = {
    "integer": (0,),
    "decimal": (0,),
    "money": (0,),
    "date": ("2000-01-01",),
    "datetime": ("2000-01-01",),
    "boolean": (True, False),
}
ANOTHER = ("another",)


def turning_points(claims: Sequence[Claim], kind: FieldKind, facts: Facts) -> Iterator[Any]:
    """Give no value, the values that are written, and some between, below and above them."""
    yield EMPTY
    yield from SOME.get(kind, ANOTHER)
    written = [value for one, _ in claims if not isinstance(one, Empty) for value in _literals(one)]
    yield from written
    try:
        read = [typed(value, kind, facts) for value in written]
    except Unreadable:
        read = []
    yield from _between(read)
    if kind not in SOME:
        texts = [str(value) for one, wanted in claims if wanted for value in _literals(one)]
        yield from (" ".join(texts), " ".join(reversed(texts)))


def _literals(comparison: Comparison) -> tuple[Any, ...]:
    wanted = comparison.wanted
    return tuple(wanted) if isinstance(wanted, list | tuple) else (wanted,)


def _between(values: list[Any]) -> Iterator[Any]:
    numbers = sorted(value for value in values if isinstance(value, Decimal))
    yield from _steps(numbers, Decimal(1))
    moments = sorted(value for value in values if isinstance(value, datetime))
    yield from _steps(moments, timedelta(days=1))
    for currency in sorted({value.currency for value in values if isinstance(value, Money)}):
        amounts = sorted(v.amount for v in values if isinstance(v, Money) and v.currency == currency)
        yield from (Money(amount, currency) for amount in _steps(amounts, Decimal(1)))


def _steps(values: list[Any], step: Any) -> Iterator[Any]:
    if values:
        with suppress(OverflowError):
            yield values[0] - step
        with suppress(OverflowError):
            yield values[-1] + step
    yield from (low + (high - low) / 2 for low, high in pairwise(values))
