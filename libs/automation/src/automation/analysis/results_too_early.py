"""Results too early: a rule that runs at once reads what a rule leaves only later."""

from collections.abc import Iterator

from automation.analysis.outline import Outline, Spot
from automation.checking import Finding


def find(outline: Outline) -> Iterator[Finding]:
    """Find each text that names the result of a rule which cannot have run yet."""
    for spots in outline.stages.values():
        later = {spot.rule.key for spot in spots if not spot.at_once}
        for spot in spots:
            if spot.read.timing.of_entry:
                yield from _in(spot, later)


def _in(spot: Spot, later: set[str]) -> Iterator[Finding]:
    for key, text in spot.read.call.texts.items():
        for path in text.paths:
            root, _, rest = path.partition(".")
            maker = rest.partition(".")[0]
            if root == "results" and maker in later:
                at = ".".join(("do", spot.rule.action, *key))
                words = f"{path} is not there yet: rule {maker} runs later than this one"
                yield spot.warn(at, words, "let this rule run after the previous one")
