"""Chains that can only wait: for what does not come, or for a moment that no item is there to see."""

from collections.abc import Iterator

from automation.analysis.outline import Outline, Spot
from automation.analysis.payloads import unheard
from automation.analysis.spans import earliest, latest
from automation.checking import Finding
from automation.timing import TIMINGS
from automation.timing.after_previous import AfterPrevious
from automation.timing.wait_for import WaitFor

TAKE_AWAY = frozenset({"move-item", "delete-item"})
WHEN_IT_WORKED = "succeeded"


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
    awaits, at = timing.awaits if timing.after_previous_rule else "", _kind(spot)
    if awaits == WHEN_IT_WORKED and before.never:
        words = f"rule {before.rule.key} never runs, for no item meets its condition"
        yield spot.warn(at, words, "mend the condition, or wait until that rule is finished")
    elif awaits == WHEN_IT_WORKED and _takes_away(before, outline) and not spot.rule.keep_on_leave:
        words = f"rule {before.rule.key} takes the item away, which cancels this one"
        yield spot.warn(at, words, "put it on the next stage, or keep it when the item leaves")
    elif isinstance(timing, AfterPrevious) and timing.on_previous == "timed_out" and _endless(before):
        words = f"rule {before.rule.key} waits for as long as the item stays, so its time is never up"
        yield spot.warn("timing.on_previous", words, f"say in {before.rule.key} how long to wait: at_most: 3 days")


def _too_late(spot: Spot, movers: list[Spot]) -> Iterator[Finding]:
    """Find what is due only when every item has left."""
    if spot.rule.keep_on_leave or spot.read.timing.of_entry:
        return
    for mover in movers:
        gone = latest(mover)
        waits_for_it = any(one is mover for one in spot.chain)
        if mover.always and gone is not None and not waits_for_it and earliest(spot) > gone:
            words = f"rule {mover.rule.key} has taken the item away by then, which cancels this one"
            fix = "let it run before the item leaves, put it on the next stage, or keep it when the item leaves"
            yield spot.warn(_kind(spot), words, fix)
            return


def _endless(before: Spot) -> bool:
    return isinstance(before.read.timing, WaitFor) and before.read.timing.at_most is None


def _takes_away(spot: Spot, outline: Outline) -> bool:
    pipeline, stage = spot.parameter("pipeline") or outline.pipeline.id, spot.parameter("stage")
    return spot.rule.action in TAKE_AWAY and (pipeline, stage) != (outline.pipeline.id, spot.stage)


def _kind(spot: Spot) -> str:
    return "timing." + next(kind for kind in TIMINGS if kind in type(spot.read.timing).model_fields)
