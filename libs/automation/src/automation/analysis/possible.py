"""Whether a condition can hold at all: each of its ways is tried on the values at which its comparisons turn."""

from itertools import chain, islice, product
from typing import Any

from contracts.elements import FieldKind

from automation.analysis.scope import Scope
from automation.analysis.turning_points import Claim, turning_points
from automation.conditions import Comparison, Condition
from automation.conditions.changes import Changed
from automation.conditions.comparison import CannotCompare
from automation.conditions.emptiness import Empty
from automation.conditions.tree import AllOf, Branch, Not
from automation.facts import EMPTY, Facts
from automation.values import Unreadable

# A condition with more ways or values than these is taken as one that can hold.
MOST = 256
MOST_VALUES = 500


def can_hold(condition: Condition, scope: Scope) -> bool:
    """Say whether some values make it true; where that cannot be told, they do."""
    return _any(_ways(condition, wanted=True), scope)


def always_holds(condition: Condition, scope: Scope) -> bool:
    """Say whether no values make it false or unknown; where that cannot be told, some do."""
    return not _any(_ways(condition, wanted=False), scope)


def can_hold_together(first: Condition, second: Condition, scope: Scope) -> bool:
    """Say whether some values make both true."""
    return can_hold(AllOf((first, second)), scope)


def _ways(condition: Condition, *, wanted: bool) -> list[tuple[Claim, ...]]:
    """Give the ways in which it becomes true, or false; too many are cut off at one more than `MOST`."""
    if isinstance(condition, Comparison):
        return [((condition, wanted),)]
    if not isinstance(condition, Branch):
        raise TypeError(f"no condition: {condition!r}")
    if isinstance(condition, Not):
        return _ways(condition.parts[0], wanted=not wanted)
    parts = [_ways(part, wanted=wanted) for part in condition.parts]
    together = isinstance(condition, AllOf) is wanted
    ways = (tuple(chain(*one)) for one in product(*parts)) if together else chain(*parts)
    return list(islice(ways, MOST + 1))


def _any(ways: list[tuple[Claim, ...]], scope: Scope) -> bool:
    return len(ways) > MOST or any(_possible(way, scope) for way in ways)


def _possible(way: tuple[Claim, ...], scope: Scope) -> bool:
    by_path: dict[str, list[Claim]] = {}
    for claim in way:
        # What is compared with another value, or with before, may come out either way.
        if claim[0].other is None and not isinstance(claim[0], Changed):
            by_path.setdefault(claim[0].path, []).append(claim)
    return all(scope.several(path) or _some_value(path, claims, scope) for path, claims in by_path.items())


def _some_value(path: str, claims: list[Claim], scope: Scope) -> bool:
    facts, values = scope.facts, scope.values(path)
    if values is None:
        values = tuple(islice(turning_points(claims, facts.kind(path) or _looks(claims, facts), facts), MOST_VALUES))
    return len(values) == MOST_VALUES or any(all(_may_be(claim, value, facts) for claim in claims) for value in values)


def _looks(claims: list[Claim], facts: Facts) -> FieldKind:
    kinds = (one.kind(facts) for one, _ in claims if not isinstance(one, Empty))
    return next(kinds, "string")


def _may_be(claim: Claim, value: Any, facts: Facts) -> bool:
    comparison, wanted = claim
    try:
        held = comparison.empty() if value is EMPTY else comparison.holds(value, facts)
    except (CannotCompare, Unreadable):
        return True
    return held is None or held is wanted
