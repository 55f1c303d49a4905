"""The same field twice: two rules of a stage set one field at the same moment, so that chance decides."""

from collections.abc import Iterator
from itertools import combinations

from automation.analysis.outline import Outline, Spot
from automation.checking import Finding


def find(outline: Outline) -> Iterator[Finding]:
    """Find each rule that sets what one before it sets; rules with conditions of their own may exclude each other."""
    for spots in outline.stages.values():
        setting = [spot for spot in spots if spot.rule.action == "change-item"]
        for first, second in combinations(setting, 2):
            if _same_moment(first, second) and not _apart(first, second):
                yield from _both(first, second)


def _both(first: Spot, second: Spot) -> Iterator[Finding]:
    for name in sorted(_fields(first) & _fields(second)):
        words = f"rule {first.rule.key} sets {name} at the same moment"
        yield second.warn(f"do.change-item.fields.{name}", words, "let it run after the rule before it, or set it once")


def _fields(spot: Spot) -> set[str]:
    return set(spot.parameter("fields"))


def _same_moment(first: Spot, second: Spot) -> bool:
    return first.read.timing == second.read.timing and not second.read.timing.after_previous_rule


def _apart(first: Spot, second: Spot) -> bool:
    return not first.always and not second.always and first.rule.when != second.rule.when
