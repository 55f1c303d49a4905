"""Moments: `before` and `after`, for dates with or without an hour."""

from contracts.elements import FieldKind
from typing_extensions import override

from automation.conditions.comparison import Comparison
from automation.conditions.magnitude import Greater, Smaller
from automation.documents import DocumentError
from automation.facts import Facts
from automation.values import guess

DATES: frozenset[FieldKind] = frozenset({"date", "datetime"})


def _check(comparison: Comparison) -> None:
    if comparison.other is None and guess(comparison.wanted) != "datetime":
        raise DocumentError("", f"{comparison.wanted!r} is not a date", "write it like 2026-12-01 or 2026-12-01T10:00")


class BeforeMoment(Smaller):
    """The date is earlier."""

    KINDS = DATES
    PHRASE = "must be before"

    @override
    def check(self) -> None:
        _check(self)

    @override
    def kind(self, facts: Facts) -> FieldKind:
        return "datetime"


class AfterMoment(Greater):
    """The date is later."""

    KINDS = DATES
    PHRASE = "must be after"

    @override
    def check(self) -> None:
        _check(self)

    @override
    def kind(self, facts: Facts) -> FieldKind:
        return "datetime"
