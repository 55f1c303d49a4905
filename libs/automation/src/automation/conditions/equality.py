"""Equality: `equals` and `differs`."""

from collections.abc import Callable
from typing import Any

from contracts.elements import FieldKind
from typing_extensions import override

from automation.conditions.comparison import Comparison, equal_to, ordinal, plain_literal
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
            return len(left) == len(right) and all(left.count(one) == right.count(one) for one in left)
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
