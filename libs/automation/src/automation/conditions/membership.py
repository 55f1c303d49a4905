"""Membership: `in` a list of values, and `contains` a text or a member."""

from collections.abc import Callable
from functools import partial
from typing import Any

from contracts.elements import FieldKind
from typing_extensions import override

from automation.conditions.comparison import Comparison, settled
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.values import Unreadable, shown


class In(Comparison):
    """The value is one of these; of a list, any one is."""

    OF_EACH = True
    PHRASE = "must be one of"

    @override
    def check(self) -> None:
        if not isinstance(self.wanted, list | tuple):
            raise DocumentError("", "`in` takes a list of values", "write it like [red, blue]")
        super().check()

    @override
    def holds(self, value: Any, facts: Facts) -> bool:
        have = value if isinstance(value, list | tuple) else [value]
        return settled((partial(self.same, one, wanted, facts) for one in have for wanted in self.wanted), by=True)

    @override
    def test(self, kind: FieldKind, typical: Facts) -> Callable[[Any], bool | None] | None:
        if kind not in Contains.KINDS or not all(isinstance(one, str) for one in self.wanted):
            return None
        wanted = frozenset(self.wanted)
        return lambda value: value in wanted if isinstance(value, str) else None


class Contains(Comparison):
    """The text holds this one, whatever the case of letters; a list holds this member."""

    KINDS = frozenset(
        {
            "string",
            "text",
            "choice",
            "choices",
            "person",
            "file",
            "phone",
            "email",
            "url",
            "address",
            "chat",
        }
    )
    OF_EACH = True
    PHRASE = "must contain"

    @override
    def check_literal(self, kind: FieldKind, facts: Facts) -> None:
        if isinstance(self.wanted, list | tuple):
            raise Unreadable("`contains` takes one value; write a comparison of its own for each, under `all` or `any`")
        super().check_literal(kind, facts)

    @override
    def holds(self, value: Any, facts: Facts) -> bool:
        wanted = self.wanted_now(facts)
        if wanted is EMPTY:
            return False
        if isinstance(value, list | tuple):
            return settled((partial(self.same, one, wanted, facts) for one in value), by=True)
        return shown(wanted).casefold() in shown(value).casefold()
