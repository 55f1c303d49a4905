"""The same field twice: two rules of a stage set one field at the same moment, so that chance decides."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from automation.analysis.outline import Outline, Spot
from automation.analysis.possible import can_hold_together
from automation.analysis.spans import same_moment
from automation.checking import Finding
from automation.documents import join
from automation.vocabulary import RESPONSIBLE

MOVE = "move-item"


def find(outline: Outline) -> Iterator[Finding]:
    """Find each rule that sets what one before it sets, unless their conditions exclude each other."""
    for spots in outline.stages.values():
        setting = [spot for spot in spots if _set_by(spot)]
        for first, second in combinations(setting, 2):
            shared = _set_by(first).keys() & _set_by(second).keys()
            if shared and same_moment(first.read.timing, second.read.timing) and not _agree(first, second):
                yield from _both(first, second, shared)


def fields_of(spot: Spot) -> dict[str, str]:
    """Give the fields of the item that a rule sets, each with its place in the rule."""
    if spot.rule.action == "change-item":
        return {name: join("do.change-item.fields", name) for name in spot.parameter("fields")}
    return {RESPONSIBLE: "do.assign.to"} if spot.rule.action == "assign" else {}


def _both(first: Spot, second: Spot, shared: Iterable[str]) -> Iterator[Finding]:
    places = _set_by(second)
    for name in sorted(shared):
        words = f"rule {first.rule.key} sets {name} at the same moment"
        yield second.warn(places[name], words, "let it run after the rule before it, or give them other conditions")


def _set_by(spot: Spot) -> dict[str, str]:
    """Give what a rule sets of the item, each with its place in the rule; of moves at entry the first one wins."""
    if spot.rule.action == MOVE and not spot.read.timing.of_entry:
        return {"the stage": join("do", MOVE, "stage" if spot.parameter("stage") else "pipeline")}
    return fields_of(spot)


def _agree(first: Spot, second: Spot) -> bool:
    """Say whether the two lead to one place, or never run for the same item."""
    if first.rule.action == MOVE and first.rule.params == second.rule.params:
        return True
    return not can_hold_together(first.read.condition, second.read.condition, first.scope)
