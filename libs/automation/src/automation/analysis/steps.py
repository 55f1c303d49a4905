"""Steps: where a rule takes items by itself, at once: a move, a new item, or a change that wakes a trigger."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.commands import FittingTrigger
from contracts.config import Pipeline
from contracts.data import JsonObject
from contracts.people import TURNS
from contracts.rules import Trigger

from automation.analysis.outline import Outline, Spot
from automation.analysis.payloads import PAID
from automation.analysis.possible import always_holds
from automation.analysis.same_field import fields_of
from automation.analysis.scope import Scope
from automation.conditions import read_condition
from automation.documents import DocumentError
from automation.filters import fits
from automation.paths import ANY_ITEM
from automation.triggers import choose
from automation.vocabulary import RESPONSIBLE

Place = tuple[str, str]  # a pipeline and one of its stages
RULE = "rule"
PAID_KINDS = {type_: kind for kind, type_ in PAID.items()}
# What another visit to the stage makes another value of.
ANEW = ("item.entered_at", "item.activation", "item.version", "results.", "var.")


@dataclass(frozen=True, slots=True)
class Sets:
    """A field that a rule sets, and to what; None where each visit sets another value."""

    field: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One way onward: from a place to a place, by a part of a rule; `sets` is the change that wakes a trigger."""

    start: Place
    end: Place
    spot: Spot
    part: str
    sets: Sets | None = None
    makes: bool = False


def steps(outline: Outline) -> Iterator[Step]:
    """Give what rules of a pipeline do by themselves, in the order of the rules."""
    for spot in outline.spots:
        step = BY_ACTION.get(spot.rule.action, _tells)
        if spot.by_itself:
            yield from step(spot, outline)


def settings(spot: Spot) -> dict[str, Sets]:
    """Give the fields that a rule sets, each with its value."""
    values = spot.parameter("fields") if spot.rule.action == "change-item" else {RESPONSIBLE: spot.parameter("to")}
    return {name: Sets(name, _fixed(spot, name, values[name])) for name in fields_of(spot)}


def _moves(spot: Spot, outline: Outline) -> Iterator[Step]:
    place = _target(spot, outline)
    here = outline.pipeline.id, spot.stage
    if place is not None and place != here:
        yield Step(here, place, spot, _named(spot, "stage", "pipeline"))


def _creates(spot: Spot, outline: Outline) -> Iterator[Step]:
    place = _target(spot, outline)
    if place is None:
        return
    here, part = (outline.pipeline.id, spot.stage), _named(spot, "type", "stage", "pipeline")
    yield Step(here, place, spot, part, makes=True)
    made = _pipelines(outline)[place[0]]
    stage = made.stage(place[1])
    if made.type in PAID_KINDS and stage is not None and stage.kind == "success":
        payload = {"type": made.type, "pipeline": made.id, "stage": stage.key}
        woken = _woken(PAID_KINDS[made.type], payload, spot.stage, outline)
        if woken is not None:
            yield Step(here, woken, spot, part)


def _changes(spot: Spot, outline: Outline) -> Iterator[Step]:
    here = outline.pipeline.id, spot.stage
    place = {"type": outline.pipeline.type, "pipeline": here[0], "stage": here[1]}
    for name, sets in settings(spot).items():
        payload = place if name == RESPONSIBLE else {**place, "field": name}
        kind = "responsible.changed" if name == RESPONSIBLE else "field.changed"
        woken = _woken(kind, payload, spot.stage, outline)
        if woken is not None:
            yield Step(here, woken, spot, fields_of(spot)[name], sets)


def _tells(spot: Spot, outline: Outline) -> Iterator[Step]:
    """Give where the signals that an action's effects are take the item."""
    action = spot.read.call.action
    for kind, parameters in action.signals.items():
        payload = {name: spot.rule.key if name == RULE else spot.parameter(name) for name in parameters}
        woken = _woken(kind, payload, spot.stage, outline)
        if woken is not None:
            yield Step((outline.pipeline.id, spot.stage), woken, spot, f"do.{action.name}")


BY_ACTION: dict[str, Callable[[Spot, Outline], Iterator[Step]]] = {
    "move-item": _moves,
    "copy-item": _creates,
    "repeat-sale": _creates,
    "create-from-source": _creates,
    "change-item": _changes,
    "assign": _changes,
}


def _target(spot: Spot, outline: Outline) -> Place | None:
    """Give where an action leads: the first stage where none is named; None for what has no place."""
    known = _pipelines(outline)
    named = spot.parameter("pipeline") or (None if spot.parameter("type") else outline.pipeline.id)
    pipeline = known.get(named or "")
    if pipeline is None or not pipeline.stages:
        return None
    return pipeline.id, spot.parameter("stage") or pipeline.stages[0].key


def _pipelines(outline: Outline) -> dict[str, Pipeline]:
    return {**outline.knowledge.pipelines, outline.pipeline.id: outline.pipeline}


def _named(spot: Spot, *parameters: str) -> str:
    """Give the place of the first of these parameters that is written."""
    name = next((name for name in parameters if spot.parameter(name)), parameters[-1])
    return f"do.{spot.rule.action}.{name}"


def _woken(kind: str, payload: JsonObject, stage: str, outline: Outline) -> Place | None:
    """Give where a signal moves an item of the pipeline from a stage at once, when no condition is in the way."""
    pipeline = outline.pipeline
    fitting = [
        FittingTrigger(id=one.id, pipeline=pipeline.id, stage=of)
        for of, triggers in pipeline.triggers.items()
        for one in triggers
        if one.on == kind and one.settle is None and fits(one.filter, payload) and _always(one, stage, outline)
    ]
    chosen = choose(ANY_ITEM.model_copy(update={"stage": stage}), pipeline, fitting, lambda _: True).chosen
    return None if chosen is None else (pipeline.id, chosen.stage)


def _always(trigger: Trigger, stage: str, outline: Outline) -> bool:
    scope = Scope.of(outline.pipeline, outline.knowledge, (stage,), signal_kind=trigger.on)
    try:
        return always_holds(read_condition(trigger.when), scope)
    except DocumentError:
        return False


def _fixed(spot: Spot, name: str, value: Any) -> str | None:
    if value in TURNS:
        return None
    text = spot.read.call.texts.get(("fields", name))
    paths = text.paths if text is not None else ()
    return None if any(path == f"item.{name}" or path.startswith(ANEW) for path in paths) else str(value)
