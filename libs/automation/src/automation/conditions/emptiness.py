"""Emptiness: `empty: true` or `empty: false`."""

from collections.abc import Callable
from typing import Any

from contracts.elements import FieldKind
from typing_extensions import override

from automation.conditions.comparison import Comparison
from automation.documents import DocumentError
from automation.facts import Facts


class Empty(Comparison):
    """The value is missing, or must be there."""

    PHRASE = "must be empty"

    @override
    def check(self) -> None:
        if not isinstance(self.wanted, bool):
            raise DocumentError("", "`empty` takes true or false")

    @override
    def check_literal(self, kind: FieldKind, facts: Facts) -> None:
        """Accept any kind: the literal is a yes or no."""

    @override
    def holds(self, value: Any, facts: Facts) -> bool:
        return not self.wanted

    @override
    def test(self, kind: FieldKind, typical: Facts) -> Callable[[Any], bool | None]:
        filled = not self.wanted
        return lambda _: filled

    @override
    def empty(self) -> bool:
        return bool(self.wanted)

    @override
    def claim(self) -> str:
        return self.PHRASE if self.wanted else "must be filled"
