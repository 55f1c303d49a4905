"""Magnitude: `greater`, `smaller` and `between`, for numbers, money and dates."""

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from contracts.elements import FieldKind
from typing_extensions import override

from automation.conditions.comparison import ORDERED, CannotCompare, Comparison, ordinal, plain_literal, settled
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.values import guess, shown

ENDS = 2
Order = Callable[[Any, Any], Any]


class Ordered(Comparison):
    """A comparison that needs an order."""

    KINDS = ORDERED
    OF_SEVERAL = False

    @override
    def check(self) -> None:
        super().check()
        if self.other is None and not all(guess(end) in ORDERED for end in self.ends()):
            raise DocumentError(
                "", f"{self.wanted!r} has no order", "write a number, an amount like 1000 EUR, or a date"
            )

    @override
    def kind(self, facts: Facts) -> FieldKind:
        kind = super().kind(facts)
        # Texts have no order, but the numbers that are written in them do: 9 is not greater than 10.
        return kind if kind in ORDERED else "decimal"

    @override
    def pair(self, value: Any, wanted: Any, facts: Facts) -> tuple[Any, Any]:
        if isinstance(value, list | tuple) or isinstance(wanted, list | tuple):
            raise CannotCompare("several values have no order")
        return super().pair(value, wanted, facts)

    def ends(self) -> Sequence[Any]:
        """Give what is written to compare with."""
        return (self.wanted,)

    def sides(self, value: Any, facts: Facts) -> tuple[Any, Any] | None:
        """Give both sides in an order, None where the other one is empty."""
        wanted = self.wanted_now(facts)
        if wanted is EMPTY:
            return None
        left, right = self.pair(value, wanted, facts)
        return ordinal(left), ordinal(right)

    @override
    def test(self, kind: FieldKind, typical: Facts) -> Callable[[Any], bool | None] | None:
        order, literal = self.order(), plain_literal(self.wanted, kind, typical)
        return None if order is None or literal is None else _ordered(order, *literal)

    def order(self) -> Order | None:
        """Give what two single values are compared by, None where it takes more."""
        return None


def _ordered(order: Order, wanted: Any, read: Callable[[Any], Any]) -> Callable[[Any], bool | None]:
    def ordered(value: Any) -> bool | None:
        found = read(value)
        return None if found is None else bool(order(found, wanted))

    return ordered


class Greater(Ordered):
    """The value is greater."""

    PHRASE = "must be greater than"

    @override
    def order(self) -> Order:
        return operator.gt

    @override
    def holds(self, value: Any, facts: Facts) -> bool:
        sides = self.sides(value, facts)
        return sides is not None and bool(sides[0] > sides[1])


class Smaller(Ordered):
    """The value is smaller."""

    PHRASE = "must be smaller than"

    @override
    def order(self) -> Order:
        return operator.lt

    @override
    def holds(self, value: Any, facts: Facts) -> bool:
        sides = self.sides(value, facts)
        return sides is not None and bool(sides[0] < sides[1])


class Between(Ordered):
    """The value lies between two, both included."""

    PHRASE = "must be between"

    @override
    def check(self) -> None:
        if not isinstance(self.wanted, list | tuple) or len(self.wanted) != ENDS:
            raise DocumentError("", "`between` takes two values", "write it like [100 EUR, 200 EUR]")
        super().check()

    @override
    def ends(self) -> Sequence[Any]:
        return tuple(self.wanted)

    @override
    def holds(self, value: Any, facts: Facts) -> bool:
        low, high = self.wanted
        return settled(
            (partial(self._ordered, low, value, facts), partial(self._ordered, value, high, facts)), by=False
        )

    def _ordered(self, low: Any, high: Any, facts: Facts) -> bool:
        left, right = self.pair(low, high, facts)
        return bool(ordinal(left) <= ordinal(right))

    @override
    def claim(self) -> str:
        return f"{self.PHRASE} {shown(self.wanted[0])} and {shown(self.wanted[1])}"
