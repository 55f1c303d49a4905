"""Pipelines over HTTP: one document with stages, triggers and rules, published and read back in the same shape."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi import Body as Sent

from crm_api.drafts import PipelineUnknown
from crm_api.http.asking import Asked, ByAnyone, ByPerson
from crm_api.pipelines import EXAMPLE, KEY, WrittenPipeline, write
from crm_api.publishing import Published, publish

router = APIRouter(prefix="/v1/pipelines/{type_}/{key}", tags=["pipelines"])
EXAMPLES: Any = Sent(openapi_examples={"retail": {"summary": "A pipeline with a rule", "value": EXAMPLE}})


def pipeline_id(
    type_: Annotated[str, Path(pattern=KEY, description="The key of the type.", examples=["deal"])],
    key: Annotated[str, Path(pattern=KEY, description="The key of the pipeline.", examples=["retail"])],
) -> str:
    """Give the id of the pipeline that an address names."""
    return f"{type_}/{key}"


PipelineId = Annotated[str, Depends(pipeline_id)]


class PublishedPipeline(WrittenPipeline):
    """A pipeline as it is published; `rule_set` is the number that holds for new entries."""

    rule_set: int
    revision: int


@router.put("")
async def put(id_: PipelineId, body: Annotated[WrittenPipeline, EXAMPLES], request: ByPerson) -> PublishedPipeline:
    """Publish a pipeline at once, over warnings; equal content publishes nothing new."""
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        record, rule_set = await publish(changes, knowledge, id_, body)
    written = write(record.record(), rule_set)
    return published(written, rule_set.number, record.revision)


@router.get("")
async def read(id_: PipelineId, request: ByAnyone) -> PublishedPipeline:
    """Give a pipeline in the shape in which it is put."""
    async with request.transaction():
        may(request, id_, "read")
        held = Published.of(request.knowledge, id_)
    if held.pipeline is None:
        raise PipelineUnknown(f"no pipeline has the id {id_}")
    return published(held.named.document, held.number, request.knowledge.revision)


def may(request: Asked, pipeline: str, level: Any) -> None:
    """Refuse whoever may not read, or change, the rules of a pipeline's type; services read all."""
    if level == "read" and request.principal.is_service:
        return
    request.rights.require_automation(pipeline.partition("/")[0], level)


def published(written: WrittenPipeline, rule_set: int, revision: int) -> PublishedPipeline:
    """Give a document with what was published of it."""
    shape: dict[str, Any] = written.model_dump()
    return PublishedPipeline(**shape, rule_set=rule_set, revision=revision)
