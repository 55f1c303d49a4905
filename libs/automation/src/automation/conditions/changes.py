"""Changes: `changed: true` or `false`, against the item at entry (rules) or before the signal (triggers)."""

from dataclasses import replace
from typing import Any

from contracts.elements import FieldKind
from typing_extensions import override

from automation.conditions.comparison import CannotCompare, Comparison, Verdict
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts


class Changed(Comparison):
    """The value of the item is another one than before."""

    PHRASE = "must have changed"

    @override
    def check(self) -> None:
        if not isinstance(self.wanted, bool):
            raise DocumentError("", "`changed` takes true or false")
        if not self.path.startswith("item."):
            raise DocumentError("", f"`changed` looks at the item's own fields, not at {self.path}")

    @override
    def check_literal(self, kind: FieldKind, facts: Facts) -> None:
        """Accept any kind: the literal is a yes or no."""

    @override
    def weigh(self, facts: Facts) -> Verdict:
        value = self._read(facts)
        seen = {self.path: None if value is EMPTY else value}
        return Verdict(None if facts.before is None else self.holds(value, facts), seen)

    @override
    def holds(self, value: Any, facts: Facts) -> bool:
        if facts.before is None:
            raise CannotCompare("the value before is not known")
        return (self._read(replace(facts, item=facts.before)) != value) is bool(self.wanted)

    @override
    def claim(self) -> str:
        return self.PHRASE if self.wanted else "must not have changed"
