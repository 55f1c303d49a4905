"""Silent rules: with a condition that no item meets where the rule runs, so that they never do anything."""

from collections.abc import Iterator

from automation.analysis.outline import Outline
from automation.checking import Finding


def find(outline: Outline) -> Iterator[Finding]:
    """Find each enabled rule that never runs; one that asks for any of nothing is meant to rest."""
    for spot in outline.spots:
        if spot.never and any(spot.read.condition.comparisons()):
            words = f"no item on {spot.stage} meets the condition, so rule {spot.rule.key} never runs"
            yield spot.warn("when", words, "take away what excludes the rest; keep what a signal says in a field")
