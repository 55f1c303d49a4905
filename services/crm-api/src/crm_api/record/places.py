"""Where items can be: the types, pipelines and stages that there are, with the way out where one is not."""

from collections.abc import Iterable

from automation.knowledge import Knowledge
from contracts.config import Pipeline
from contracts.elements import ElementType
from contracts.items import Item

from crm_api.fields import FieldError


def known_type(knowledge: Knowledge, type_: str) -> ElementType:
    """Give an element type; raises `FieldError` for one that there is not."""
    known = knowledge.types.get(type_)
    if known is None:
        raise FieldError("type", f"there is no type {type_!r}", one_of(knowledge.types))
    return known


def known_pipeline(knowledge: Knowledge, type_: str, pipeline: str) -> Pipeline:
    """Give a pipeline of a type; raises `FieldError` for one that there is not, or is another type's."""
    fitting = {id_: p for id_, p in knowledge.pipelines.items() if p.type == type_}
    if pipeline not in fitting:
        raise FieldError("pipeline", f"items of type {type_!r} have no pipeline {pipeline!r}", one_of(fitting))
    return fitting[pipeline]


def known_stage(pipeline: Pipeline, stage: str) -> str:
    """Give a stage's key; raises `FieldError` for one that the pipeline does not have."""
    if pipeline.stage(stage) is None:
        raise FieldError("stage", f"{pipeline.id} has no stage {stage!r}", one_of(s.key for s in pipeline.stages))
    return stage


def place(knowledge: Knowledge, item: Item, pipeline: str, stage: str) -> tuple[Pipeline, str]:
    """Give where a move leads: to a stage of the item's pipeline, or of another of its type, there the first if none.

    Raises `FieldError` where there is no such place.
    """
    if not item.pipeline:
        raise FieldError("stage", f"items of type {item.type!r} have no stages", "leave it out")
    if not (pipeline or stage):
        raise FieldError("stage", "no stage is named", "send one, or a pipeline, or both")
    if not pipeline:
        return (own := knowledge.pipelines[item.pipeline]), known_stage(own, stage)
    there = known_pipeline(knowledge, item.type, pipeline)
    return there, known_stage(there, stage or there.stages[0].key)


def still_there(knowledge: Knowledge, item: Item) -> None:
    """Refuse an item whose type, pipeline or stage is gone; raises `FieldError`."""
    known_type(knowledge, item.type)
    if item.pipeline:
        known_stage(known_pipeline(knowledge, item.type, item.pipeline), item.stage)


def one_of(known: Iterable[str]) -> str:
    """Say what may be sent."""
    return f"use one of: {', '.join(sorted(known))}"
