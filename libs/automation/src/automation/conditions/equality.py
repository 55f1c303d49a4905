"""Equality: `equals` and `differs`."""

from collections.abc import Callable
from typing import Any

from contracts.elements import FieldKind
from contracts.money import Money
from typing_extensions import override

from automation.conditions.comparison import Comparison, equal_to, ordinal, plain_literal, worth
from automation.facts import EMPTY, Facts


class Equals(Comparison):
    """The value is this one; a list is equal when it holds the same, each as often."""

    AS_A_WHOLE = True
    PHRASE = "must be"

    @override
    def holds(self, value: Any, facts: Facts) -> bool | None:
        wanted = self.wanted_now(facts)
        if wanted is EMPTY:
            return False
        left, right = self.pair(value, wanted, facts)
        if isinstance(left, list) and isinstance(right, list):
            return _hold_the_same(left, right, facts)
        return bool(ordinal(left) == ordinal(right))

    @override
    def test(self, kind: FieldKind, typical: Facts) -> Callable[[Any], bool | None] | None:
        literal = plain_literal(self.wanted, kind, typical)
        return None if literal is None else equal_to(*literal)


class Differs(Equals):
    """The value is another one, or there is none."""

    PHRASE = "must differ from"

    @override
    def holds(self, value: Any, facts: Facts) -> bool | None:
        equal = super().holds(value, facts)
        return None if equal is None else not equal

    @override
    def test(self, kind: FieldKind, typical: Facts) -> Callable[[Any], bool | None] | None:
        literal = plain_literal(self.wanted, kind, typical)
        return None if literal is None else equal_to(*literal, opposite=True)

    @override
    def empty(self) -> bool:
        return True


def _hold_the_same(left: list[Any], right: list[Any], facts: Facts) -> bool:
    """Say whether two lists hold the same, money by its worth; raises `CannotCompare` where only a rate could tell."""
    alone, rest = _struck_out(left, right)
    currencies = {one.currency for one in (*alone, *rest) if isinstance(one, Money)}
    if len(alone) == len(rest) and len(currencies) > 1:
        alone, rest = _struck_out(*([worth(one, facts).amount for one in side] for side in (alone, rest)))
    return not (alone or rest)


def _struck_out(left: list[Any], right: list[Any]) -> tuple[list[Any], list[Any]]:
    """Give what is left of two lists when all that is equal is struck out, one for one."""
    alone: list[Any] = []
    rest = list(right)
    for one in left:
        if one in rest:
            rest.remove(one)
        else:
            alone.append(one)
    return alone, rest
