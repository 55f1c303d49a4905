"""Empty placeholders: texts and formulas that read a value which no run of their rule ever sees."""

import re
from collections.abc import Iterator

from automation.analysis.outline import Outline, Spot
from automation.analysis.spans import earliest, latest
from automation.checking import Finding
from automation.documents import join
from automation.timing.after_previous import AfterPrevious
from automation.variables import set_by

# A rule runs because of an entry, not of a signal: what the signal brought must be kept in a field first.
NEVER_HERE = ("signal.", "signals.")
OUTPUT = re.compile(r"\{\{-?\s*([A-Za-z_][\w.-]*)([^}]*)\}\}")
HAS_DEFAULT = re.compile(r"\|\s*default\b")
NOT_DONE = frozenset({"failed", "timed_out"})


def find(outline: Outline) -> Iterator[Finding]:
    """Find each text and each formula that needs such a value, without a default."""
    for spots in outline.stages.values():
        for spot in spots:
            for at, path in _needed(spot):
                yield from _missing(spot, spots, at, path)


def _needed(spot: Spot) -> Iterator[tuple[str, str]]:
    """Give the values that a rule cannot do without, each with its place."""
    action = f"do.{spot.rule.action}"
    for key, text in spot.read.call.texts.items():
        needed = {path for path, filters in OUTPUT.findall(text.text) if not HAS_DEFAULT.search(filters)}
        yield from ((join(action, *key), path) for path in text.paths if path in needed)
    for name, formula in spot.read.call.formulas.items():
        yield from ((join(action, name), path) for path in formula.paths)
    yield from ((join(action, name), path) for name, path in spot.read.call.values.items())


def _missing(spot: Spot, spots: tuple[Spot, ...], at: str, path: str) -> Iterator[Finding]:
    root, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if path.startswith(NEVER_HERE):
        yield spot.warn(at, f"{path} has no value in a rule", "let the source keep it in a field of the item")
    elif root == "results":
        # A rule below is an error, told by the check.
        above = spots[: spots.index(spot)]
        yield from _result(spot, [one for one in above if one.rule.key == name], at, path)
    elif root == "var":
        yield from _variable(spot, [one for one in spots if set_by(one.rule.do) == name], at, path)


def _variable(spot: Spot, setters: list[Spot], at: str, path: str) -> Iterator[Finding]:
    if setters and all(_too_late(one, spot) for one in setters):
        words = f"{path} is not there yet: it is set by {setters[0].rule.key}, which runs later than this one"
        yield spot.warn(at, words, "let this rule run after the one that sets it")


def _result(spot: Spot, makers: list[Spot], at: str, path: str) -> Iterator[Finding]:
    for maker in makers:
        key = maker.rule.key
        if any(maker is one for one in _not_done(spot)):
            words = f"{path} has no value: this rule runs only where rule {key} was not done"
            yield spot.warn(at, words, "leave it out, or let this rule wait for the success of that one")
        elif _too_late(maker, spot):
            words = f"{path} is not there yet: rule {key} runs later than this one"
            if maker.read.timing.of_entry:
                words = f"{path} is not there yet: rule {key} has only begun when this one runs"
            yield spot.warn(at, words, "let this rule run after the previous one")


def _not_done(spot: Spot) -> Iterator[Spot]:
    """Give the rules that did not do what they should where this one runs."""
    for one, before in zip((spot, *spot.chain), spot.chain, strict=False):
        if isinstance(one.read.timing, AfterPrevious) and one.read.timing.on_previous in NOT_DONE:
            yield before


def _too_late(maker: Spot, reader: Spot) -> bool:
    """Say whether the one surely runs, or is surely done, only after the other."""
    by = latest(reader)
    if by is None:
        return False
    if maker.read.timing.of_entry and reader.read.timing.of_entry:
        # They run in their order, and only what is worked out at once leaves something for the next.
        first = int(maker.path.rpartition(".")[2]) < int(reader.path.rpartition(".")[2])
        return not (first and maker.read.call.action.compute is not None)
    return reader.read.timing.of_entry or earliest(maker) > by
