"""Behind a move: a rule that waits for one which takes the item away, and is cancelled by that every time."""

from collections.abc import Iterator
from itertools import pairwise

from automation.analysis.outline import Outline
from automation.checking import Finding
from automation.timing.after_previous import AfterPrevious

TAKE_AWAY = frozenset({"move-item", "delete-item"})
WHEN_IT_WORKED = frozenset({"succeeded"})


def find(outline: Outline) -> Iterator[Finding]:
    """Find each rule that waits for the success of a move or a deletion, and does not stay."""
    for spots in outline.stages.values():
        for before, spot in pairwise(spots):
            timing = spot.read.timing
            waits = isinstance(timing, AfterPrevious) and timing.on_previous in WHEN_IT_WORKED
            moves = before.rule.action in TAKE_AWAY and before.parameter("stage") != before.stage
            if waits and moves and not spot.rule.keep_on_leave:
                words = f"rule {before.rule.key} takes the item away, which cancels this one"
                yield spot.warn(
                    "timing.after_previous", words, "put it on the next stage, or keep it when the item leaves"
                )
