"""Loops: rules that move items round in circles, or make items without end, with no pause and nothing to end it."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from automation.analysis.outline import Outline
from automation.analysis.steps import Place, Sets, Step, settings, steps
from automation.checking import Finding

Onward = Mapping[Place, Collection[Place]]
Painted = list[tuple[Place, Sets]]


def find(outline: Outline) -> Iterator[Finding]:
    """Find each rule of the pipeline that is a step of such a circle, through whichever pipelines it leads."""
    outlines = (outline, *outline.elsewhere)
    circling = _circling([step for one in outlines for step in steps(one)], _painted(outlines))
    onward = _onward(circling)
    own = {id(spot) for spot in outline.spots}
    for step in circling:
        if id(step.spot) in own:
            way = " → ".join(_name(place, outline) for place in (step.start, *_way(onward, step.end, step.start)))
            words = "items are made without end" if step.makes else "items go round without a pause"
            yield step.spot.warn(step.part, f"{words}: {way}", "add a delay or a condition")


def _painted(outlines: Iterable[Outline]) -> Painted:
    """Give what rules set by themselves, and where."""
    return [
        ((one.pipeline.id, spot.stage), sets)
        for one in outlines
        for spot in one.spots
        if spot.by_itself
        for sets in settings(spot).values()
    ]


def _circling(all_: list[Step], painted: Painted) -> list[Step]:
    """Give the steps that come back to where they begin, again and again."""
    kept = all_
    while True:
        onward = _onward(kept)
        reached = {place: _reached(onward, place) for place in {step.end for step in kept}}
        left = [one for one in kept if one.start in reached[one.end] and _again(one, reached[one.end], onward, painted)]
        if len(left) == len(kept):
            return left
        kept = left


def _again(step: Step, reached: Collection[Place], onward: Onward, painted: Painted) -> bool:
    """Say whether a step that waits for a change sees one each time: a field that is set as it is does not change."""
    if step.sets is None or step.sets.value is None:
        return True
    circle = [place for place in reached if step.start in _reached(onward, place)]
    others = (sets for place, sets in painted if place in circle and sets.field == step.sets.field)
    return any(sets.value != step.sets.value for sets in others)


def _onward(all_: Iterable[Step]) -> Onward:
    onward: dict[Place, dict[Place, None]] = {}
    for step in all_:
        onward.setdefault(step.start, {})[step.end] = None
    return onward


def _reached(onward: Onward, start: Place) -> set[Place]:
    """Give the places that items come to from one, itself among them."""
    reached, open_ = {start}, [start]
    while open_:
        fresh = set(onward.get(open_.pop(), ())) - reached
        reached |= fresh
        open_ += fresh
    return reached


def _way(onward: Onward, start: Place, goal: Place) -> tuple[Place, ...]:
    """Give a shortest way from one place to another, both included."""
    ways: list[tuple[Place, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == goal:
            return way
        fresh = [place for place in onward.get(way[-1], ()) if place not in seen]
        seen |= set(fresh)
        ways += [(*way, place) for place in fresh]
    return (start,)


def _name(place: Place, outline: Outline) -> str:
    pipeline, stage = place
    return stage if pipeline == outline.pipeline.id else f"{pipeline}: {stage}"
