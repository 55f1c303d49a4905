"""The rules of one view of the config, each compiled when it is first met."""

from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from contracts.hot import HotRow
from contracts.rules import RuleSetRef

from automation.compiled.case import Case
from automation.compiled.places import NotCompiled
from automation.compiled.rule import Compiled, Dispatched
from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.reading import read_rule
from automation.settling import PREVIOUS_END
from automation.succession import superseded
from automation.timing.plans import ONCE

RELEASED = frozenset({PREVIOUS_END})
Types = tuple[str | None, ...]


@dataclass(slots=True)
class Variants:
    """A rule as it is compiled for each types of items; `roles` are the links that it goes by."""

    roles: tuple[str, ...] = ()
    by_types: dict[Types, Compiled | None] = field(default_factory=dict)


class Rules:
    """Decides by compiled rules; a new view of the config needs a new one."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._met: dict[tuple[bytes, str], Variants | None] = {}

    def dispatch(self, case: Case) -> Dispatched | None:
        """Decide what is due; None where the general path must say what becomes of it."""
        compiled = self._compiled(case) if _is_plain(case) else None
        return None if compiled is None else compiled.dispatch(case)

    def _compiled(self, case: Case) -> Compiled | None:
        key = bytes(case.row.rule_set), case.row.rule
        try:
            variants = self._met[key]
        except KeyError:
            variants = self._met[key] = self._variants(case)
        if variants is None:
            return None
        case.linked = linked = [case.link(role) for role in variants.roles]
        types = case.item.type, *[None if one is None else one.type for one in linked]
        try:
            return variants.by_types[types]
        except KeyError:
            compiled = variants.by_types[types] = self._compile(case)
            return compiled

    def _variants(self, case: Case) -> Variants | None:
        compiled = self._compile(case)
        return None if compiled is None else Variants(compiled.roles)

    def _compile(self, case: Case) -> Compiled | None:
        ref = _rule_set(case.row)
        rule = self.knowledge.rule(ref, UUID(case.row.rule))
        if rule is None or superseded(ref, self.knowledge) or self.knowledge.is_paused(rule.id, ref.pipeline):
            return None
        case.rule = rule
        try:
            return Compiled(rule, read_rule(rule, self.knowledge), case.facts)
        except (NotCompiled, DocumentError):
            return None


def _is_plain(case: Case) -> bool:
    row, item = case.row, case.item
    if row.state != "waiting" or row.round != 1 or row.occurrence != ONCE or item.deleted:
        return False
    return item.activation == row.activation and (not row.seen or row.seen.keys() == RELEASED)


def _rule_set(row: HotRow) -> RuleSetRef:
    return RuleSetRef(**msgspec.json.decode(row.rule_set))
