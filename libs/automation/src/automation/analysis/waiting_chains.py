"""Chains that can only wait: for what does not come, or for a moment that no item is there to see."""

from collections.abc import Iterator

from automation.analysis.outline import Outline, Spot
from automation.analysis.payloads import unheard
from automation.analysis.spans import earliest, latest
from automation.checking import Finding
from automation.timing import TIMINGS, Timing
from automation.timing.after_previous import AfterPrevious
from automation.timing.wait_for import WaitFor

TAKE_AWAY = frozenset({"move-item", "delete-item"})
WHEN_IT_WORKED = "succeeded"
WHEN_IT_ENDED = "finished"


def find(outline: Outline) -> Iterator[Finding]:
    """Find the first rule of each such chain."""
    for spots in outline.stages.values():
        movers = [spot for spot in spots if _takes_away(spot, outline)]
        for spot in spots:
            yield from _deaf(spot, outline)
            if spot.before is not None:
                yield from _behind(spot, spot.before, outline)
            yield from _too_late(spot, movers)


def _deaf(spot: Spot, outline: Outline) -> Iterator[Finding]:
    timing = spot.read.timing
    if isinstance(timing, WaitFor):
        for key, words in unheard(timing.wait_for, timing.filter, outline.pipeline, outline.knowledge):
            yield spot.warn(f"timing.filter.{key}", words, "list what fits, or leave it out")


def _behind(spot: Spot, before: Spot, outline: Outline) -> Iterator[Finding]:
    """Find what is wrong with waiting for the rule before."""
    timing = spot.read.timing
    mover = _taken_by(spot, outline)
    if _needs_success(timing) and before.never:
        words = f"rule {before.rule.key} never runs, for no item meets its condition"
        yield spot.warn(_kind(spot), words, "mend the condition, or wait until that rule is finished")
    elif mover is not None:
        words = f"rule {mover.rule.key} takes the item away, which cancels this one"
        yield spot.warn(_kind(spot), words, "put it on the next stage, or keep it when the item leaves")
    elif isinstance(timing, AfterPrevious) and timing.on_previous == "timed_out" and _endless(before):
        words = f"rule {before.rule.key} waits for as long as the item stays, so its time is never up"
        yield spot.warn("timing.on_previous", words, f"say in {before.rule.key} how long to wait: at_most: 3 days")


def _too_late(spot: Spot, movers: list[Spot]) -> Iterator[Finding]:
    """Find what is due only when every item has left."""
    if spot.rule.keep_on_leave or spot.read.timing.of_entry:
        return
    mover = next((one for one in movers if one.always and _is_before(one, spot)), None)
    if mover is not None:
        words = f"rule {mover.rule.key} has taken the item away by then, which cancels this one"
        fix = "let it run before the item leaves, put it on the next stage, or keep it when the item leaves"
        yield spot.warn(_kind(spot), words, fix)


def _is_before(mover: Spot, spot: Spot) -> bool:
    """Say whether one rule has run, whatever happens, before another one that does not wait for it."""
    gone = latest(mover)
    return gone is not None and all(one is not mover for one in spot.chain) and earliest(spot) > gone


def _endless(before: Spot) -> bool:
    return isinstance(before.read.timing, WaitFor) and before.read.timing.at_most is None


def _needs_success(timing: Timing) -> bool:
    return timing.after_previous_rule and timing.awaits == WHEN_IT_WORKED


def _taken_by(spot: Spot, outline: Outline) -> Spot | None:
    """Give what takes the item away in a chain, before the first of its rules that a leave cancels."""
    if spot.rule.keep_on_leave:
        return None
    for one, before in zip((spot, *spot.chain), spot.chain, strict=False):
        if _takes_away(before, outline) and _runs_behind(one, before):
            return before
        if not before.rule.keep_on_leave:
            return None
    return None


def _runs_behind(spot: Spot, before: Spot) -> bool:
    """Say whether a rule runs only where the one before it has done what it does."""
    timing = spot.read.timing
    return _needs_success(timing) or (timing.awaits == WHEN_IT_ENDED and before.always)


def _takes_away(spot: Spot, outline: Outline) -> bool:
    pipeline, stage = spot.parameter("pipeline") or outline.pipeline.id, spot.parameter("stage")
    return spot.rule.action in TAKE_AWAY and (pipeline, stage) != (outline.pipeline.id, spot.stage)


def _kind(spot: Spot) -> str:
    return "timing." + next(kind for kind in TIMINGS if kind in type(spot.read.timing).model_fields)
