"""Loops: rules that move an item round in circles, with no pause and no condition that would end it."""

from collections.abc import Iterator, Mapping

from automation.analysis.outline import Outline, Spot
from automation.checking import Finding


def find(outline: Outline) -> Iterator[Finding]:
    """Find each rule that is part of such a circle."""
    moves = [spot for spot in outline.spots if _within(spot, outline.pipeline.id) and spot.at_once and spot.always]
    onward: dict[str, set[str]] = {}
    for move in moves:
        onward.setdefault(move.stage, set()).add(_target(move))
    for move in moves:
        circle = _way(onward, _target(move), move.stage)
        if circle and _target(move) != move.stage:
            told = " → ".join((move.stage, *circle))
            yield move.warn(
                "do.move-item.stage", f"items go round without a pause: {told}", "add a delay or a condition"
            )


def _within(spot: Spot, pipeline: str) -> bool:
    return spot.rule.action == "move-item" and spot.parameter("pipeline") in {None, "", pipeline}


def _target(move: Spot) -> str:
    return str(move.parameter("stage"))


def _way(onward: Mapping[str, set[str]], start: str, goal: str) -> tuple[str, ...]:
    """Give the stages on the way from one to another, both included; nothing where there is no way."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == goal:
            return way
        for stage in sorted(onward.get(way[-1], set()) - seen):
            seen.add(stage)
            ways.append((*way, stage))
    return ()
