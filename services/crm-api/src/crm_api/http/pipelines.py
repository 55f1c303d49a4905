"""Pipelines over HTTP: one document with stages, triggers and rules, published and read back in the same shape."""

from typing import Annotated, Any

from chassis.problems import Problem
from fastapi import APIRouter, Path

from crm_api.http.asking import ByAnyone, ByPerson
from crm_api.pipelines import KEY, WrittenPipeline, write
from crm_api.publishing import publish

router = APIRouter(prefix="/v1/pipelines", tags=["pipelines"])
Key = Annotated[str, Path(pattern=KEY)]


class PublishedPipeline(WrittenPipeline):
    """A pipeline as it is published; `rule_set` is the number that holds for new entries."""

    rule_set: int
    revision: int


@router.put("/{type_}/{key}")
async def put(type_: Key, key: Key, body: WrittenPipeline, request: ByPerson) -> PublishedPipeline:
    """Publish a pipeline; equal content publishes nothing new."""
    async with request.configuring() as (changes, knowledge):
        record, rule_set = await publish(changes, knowledge, f"{type_}/{key}", body)
    written = write(record.record(), rule_set)
    return published(written, rule_set.number, record.revision)


@router.get("/{type_}/{key}")
async def read(type_: Key, key: Key, request: ByAnyone) -> PublishedPipeline:
    """Give a pipeline in the shape in which it is put."""
    async with request.transaction() as tx:
        knowledge = await request.process.config.view(tx)
    pipeline = knowledge.pipelines.get(f"{type_}/{key}")
    if pipeline is None:
        raise Problem(404, "There is no such pipeline", detail=f"no pipeline has the id {type_}/{key}")
    rule_set = knowledge.rule_sets.get((pipeline.id, pipeline.rule_set))
    return published(write(pipeline, rule_set), pipeline.rule_set, knowledge.revision)


def published(written: WrittenPipeline, rule_set: int, revision: int) -> PublishedPipeline:
    """Give a document with what was published of it."""
    shape: dict[str, Any] = written.model_dump()
    return PublishedPipeline(**shape, rule_set=rule_set, revision=revision)
