"""Empty placeholders: texts that name a value which no rule ever sees."""

from collections.abc import Iterator

from automation.analysis.outline import Outline, Spot
from automation.checking import Finding

# A rule runs because of an entry, not of a signal: what the signal brought must be kept in a field first.
NEVER_HERE = "signal."
HAS_DEFAULT = "default"


def find(outline: Outline) -> Iterator[Finding]:
    """Find each text that needs what only triggers see."""
    for spot in outline.spots:
        yield from _in(spot)


def _in(spot: Spot) -> Iterator[Finding]:
    for key, text in spot.read.call.texts.items():
        for path in text.paths:
            if path.startswith(NEVER_HERE) and HAS_DEFAULT not in text.text:
                at = ".".join(("do", spot.rule.action, *key))
                yield spot.warn(at, f"{path} has no value in a rule", "let the source keep it in a field of the item")
