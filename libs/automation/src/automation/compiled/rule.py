"""One rule compiled for items of one type, with links to items of certain types."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from contracts.hot import HotAction, HotDispatch, HotItem, write
from contracts.rules import Rule

from automation.compiled.case import Case
from automation.compiled.moments import may_run_now, still_right
from automation.compiled.places import NotCompiled, Places
from automation.compiled.recipients import Recipients, find
from automation.compiled.texts import params
from automation.conditions import Condition
from automation.conditions.changes import Changed
from automation.conditions.comparison import Test
from automation.consents import is_advertising
from automation.facts import EMPTY, Facts
from automation.reading import ReadRule
from automation.settling import DECIDED_ON

CONTACT = "contact"
Seen = dict[str, Any]
Weigh = Callable[[Case, Sequence[object]], Seen | None]


class Dispatched(msgspec.Struct, gc=False):
    """A plain dispatch: what it makes of the row and its message, as JSON; for which worker, whose data is in it."""

    told: bytes
    action: bytes
    kind: str
    persons: tuple[str, ...]


class Compiled:
    """What a rule does with an execution that is due; made once, raises `NotCompiled`."""

    def __init__(self, rule: Rule, read: ReadRule, typical: Facts) -> None:
        call = read.call
        if not call.action.is_plain:
            raise NotCompiled(call.action.name)
        self.rule, self.at_least_once = rule, rule.at_least_once
        self.expires_at = (
            None if read.catch_up.at_most is None else partial(read.catch_up.expires_at, zone=typical.zone)
        )
        self.named = str(rule.id), rule.key, call.action.name, call.connection
        self.kind = str(call.action.kind)
        self.of_entry = read.timing.of_entry
        self.config = typical.knowledge.revision
        guards = still_right(rule, read.timing), may_run_now(read.timing)
        self.guards = tuple(guard for guard in guards if guard is not None)
        places = Places(typical)
        self.weigh = _weigh(read.condition, call.paths, places, typical)
        self.params = params(call, places)
        self.find = find(call.to, call.action.channel, places, advertising=is_advertising(call.fixed))
        self.fill = places.fill
        self.roles = tuple(places.roles)

    def dispatch(self, case: Case) -> Dispatched | None:
        """Dispatch a row that is due; None where anything else may come of it."""
        due_at = case.row.due_at
        case.rule = self.rule
        if due_at is None or due_at > case.now:
            return None
        for guard in self.guards:
            if not guard(case):
                return None
        expires_at = None if self.expires_at is None else self.expires_at(due_at)
        return None if expires_at is not None and case.now > expires_at else self._weighed(case, expires_at)

    def _weighed(self, case: Case, expires_at: datetime | None) -> Dispatched | None:
        """Dispatch a row that may run now, if its condition holds and all is known that it needs."""
        values = self.fill(case)
        seen = self.weigh(case, values)
        if seen is None:
            return None
        whom = self.find(case)
        if whom is None:
            return None
        written = self.params(case, values)
        if written is None:
            return None
        row = case.row
        recipients, seen_of_people = whom
        seen |= seen_of_people
        seen[DECIDED_ON] = case.item.version
        action = self._action(case, recipients, written, expires_at)
        told = write(HotDispatch(row.id, row.version + 1, case.now, row.seen | seen if row.seen else seen))
        return Dispatched(told, action, self.kind, _persons(case.item, recipients))

    def _action(
        self, case: Case, recipients: Recipients, written: dict[str, Any], expires_at: datetime | None
    ) -> bytes:
        row, due_at = case.row, case.row.due_at or case.now
        whom = recipients, written, self.of_entry, self.at_least_once, due_at, expires_at, self.config
        made: Any = HotAction  # in the order of its fields, which costs half of naming them
        return write(made(row.id, row.round, row.item, case.item.type, row.activation, *self.named, *whom))


def _weigh(condition: Condition, paths: Sequence[str], places: Places, typical: Facts) -> Weigh:
    """Compile what gives the values that were seen where the condition is true, else None."""
    own: list[str] = []
    for comparison in condition.comparisons():
        if isinstance(comparison, Changed):
            raise NotCompiled(comparison.path)
        own += [path for path in (comparison.path, comparison.other) if path]
    spread = {path: places.of(path) for path in (*own, *paths)}
    test = condition.compiled(places.of, typical)
    if test is None:
        return _by_weighing(condition, {path: spread[path] for path in paths})
    return _by_test(test, tuple(spread.items()))


def _by_test(test: Test, listed: Sequence[tuple[str, int]]) -> Weigh:
    def by_test(_: Case, values: Sequence[object]) -> Seen | None:
        if not test(values):
            return None
        return {path: None if (value := values[at]) is EMPTY else value for path, at in listed}

    return by_test


def _by_weighing(condition: Condition, paths: dict[str, int]) -> Weigh:
    listed = tuple(paths.items())

    def by_weighing(case: Case, values: Sequence[object]) -> Seen | None:
        verdict = condition.weigh(case.facts)
        return verdict.seen | _seen(listed, values) if verdict.value is True else None

    return by_weighing


def _seen(listed: Sequence[tuple[str, int]], values: Sequence[object]) -> Seen:
    return {path: None if (value := values[at]) is EMPTY else value for path, at in listed}


def _persons(item: HotItem, recipients: Recipients) -> tuple[str, ...]:
    found: list[str] = []
    for link in item.links:
        if link.type == CONTACT:
            found.append(link.id)  # noqa: PERF401  mostly there is one, and a comprehension is a call
    for one in recipients:
        if one.contact is not None and one.contact not in found:
            found.append(one.contact)
    if item.type == CONTACT:
        found.append(item.id)
    return tuple(sorted(set(found))) if len(found) > 1 else tuple(found)
