"""Single edits of a pipeline's document: a rule or trigger is added, changed, moved, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crm_api.fields import FieldError
from crm_api.rules.drafts import PipelineUnknown
from crm_api.rules.pipelines import LastingIds, Named, Place, WrittenPipeline, WrittenRule, WrittenStage, WrittenTrigger

What = Literal["rules", "triggers"]
Element = WrittenRule | WrittenTrigger
ONE: dict[What, str] = {"rules": "rule", "triggers": "trigger"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where something goes: a stage, a key there, and a place in the order; None for the end."""

    stage: str
    key: str
    position: int | None = None


def find(document: WrittenPipeline, what: What, place: Place) -> Any:
    """Give a rule or trigger; raises `PipelineUnknown`."""
    stage, key = place
    held = next((one for one in document.stages if one.key == stage), None)
    found = next((one for one in getattr(held, what, ()) if one.key == key), None)
    if found is None:
        raise PipelineUnknown(f"stage {stage!r} has no {ONE[what]} {key!r}")
    return found


def add(named: Named, what: What, element: Element, to: Target) -> Named:
    """Put a rule or trigger into a stage; raises `FieldError` where it cannot stand there."""
    stage = _stage(named.document, to.stage)
    held: list[Element] = list(getattr(stage, what))
    if any(one.key == to.key for one in held):
        raise FieldError("key", f"stage {to.stage!r} has a {ONE[what]} {to.key!r} already", "give it another key")
    held.insert(len(held) if to.position is None else to.position, element.model_copy(update={"key": to.key}))
    return Named(_with(named.document, what, to.stage, held), named.ids)


def remove(named: Named, what: What, place: Place) -> Named:
    """Take a rule or trigger out; raises `PipelineUnknown`."""
    gone = find(named.document, what, place)
    rest = [one for one in getattr(_stage(named.document, place[0]), what) if one is not gone]
    ids = _without(named.ids, place) if what == "rules" else named.ids
    return Named(_with(named.document, what, place[0], rest), ids)


def move(named: Named, what: What, place: Place, to: Target) -> Named:
    """Move a rule or trigger within its pipeline; a rule takes its lasting id along."""
    element = find(named.document, what, place)
    moved = add(remove(named, what, place), what, element, to)
    return _renamed(moved, named.ids, what, place, (to.stage, to.key))


def change(named: Named, what: What, place: Place, element: Element) -> Named:
    """Put another version of a rule or trigger in its place; a rule that is called otherwise keeps its lasting id."""
    before = find(named.document, what, place)
    stage = place[0]
    position = list(getattr(_stage(named.document, stage), what)).index(before)
    changed = add(remove(named, what, place), what, element, Target(stage, element.key, position))
    return _renamed(changed, named.ids, what, place, (stage, element.key))


def _stage(document: WrittenPipeline, key: str) -> WrittenStage:
    found = next((stage for stage in document.stages if stage.key == key), None)
    if found is None:
        known = ", ".join(stage.key for stage in document.stages)
        raise FieldError("stage", f"there is no stage {key!r}", f"use one of: {known}")
    return found


def _with(document: WrittenPipeline, what: What, stage: str, elements: Sequence[Element]) -> WrittenPipeline:
    stages = tuple(
        one.model_copy(update={what: tuple(elements)}) if one.key == stage else one for one in document.stages
    )
    return document.model_copy(update={"stages": stages})


def _without(ids: LastingIds, place: Place) -> LastingIds:
    return {where: id_ for where, id_ in ids.items() if where != place}


def _renamed(named: Named, before: LastingIds, what: What, old: Place, new: Place) -> Named:
    if what != "rules" or old not in before:
        return named
    return Named(named.document, {**named.ids, new: before[old]})
