"""Pipelines over HTTP: one document with stages, triggers and rules, published and read back in the same shape."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from fastapi import Body as Sent
from pydantic import Field

from crm_api.access.rights import Forbidden
from crm_api.http.asking import Asked, ByPerson
from crm_api.http.texts import KeptText
from crm_api.rules.clearing import clear, give_up, keep_for_now
from crm_api.rules.drafts import PipelineUnknown
from crm_api.rules.pipelines import EXAMPLE, KEY, WrittenPipeline, write
from crm_api.rules.publishing import Published, publish
from crm_api.store import drafts as stored_drafts

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


class PutPipeline(WrittenPipeline):
    """A pipeline to publish; `moves` says for stages that go in which stage their items go on.

    They enter it with their rules, or, with `automation: suppress`, without, for the `job` that is named.
    """

    moves: dict[str, str] = Field(default_factory=dict)
    automation: Literal["run", "suppress"] = "run"
    job: Annotated[KeptText, Field(max_length=200)] = "stages are taken away"

    @property
    def document(self) -> WrittenPipeline:
        """Give the pipeline itself."""
        return WrittenPipeline.model_validate(self.model_dump(include=set(WrittenPipeline.model_fields)))


@router.put("")
async def put(id_: PipelineId, body: Annotated[PutPipeline, EXAMPLES], request: ByPerson) -> PublishedPipeline:
    """Publish a pipeline at once, over warnings; equal content publishes nothing new."""
    if body.moves:
        await clear_stages(request, id_, body)
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        record, rule_set = await publish(changes, knowledge, id_, body.document)
    written = write(record.record(), rule_set)
    return published(written, rule_set.number, record.revision)


@router.get("")
async def read(id_: PipelineId, request: ByPerson) -> PublishedPipeline:
    """Give a pipeline in the shape in which it is put."""
    async with request.transaction():
        may(request, id_, "read")
        held = Published.of(request.knowledge, id_)
    if held.pipeline is None:
        raise PipelineUnknown(f"no pipeline has the id {id_}")
    return published(held.named.document, held.number, request.knowledge.revision)


@router.delete("", status_code=204)
async def delete(id_: PipelineId, request: ByPerson) -> None:
    """Delete a pipeline in which no items stand; its published rule sets stay for what they did."""
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        await give_up(changes.tx, knowledge, id_)
        if await changes.delete("pipeline", id_) is None:
            raise PipelineUnknown(f"no pipeline has the id {id_}")
        await stored_drafts.delete(changes.tx, id_)


async def clear_stages(request: Asked, id_: str, body: PutPipeline) -> None:
    """Move the items out of the stages that a pipeline is to lose."""
    type_ = id_.partition("/")[0]
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        if not request.rights.reach("change").covers(type_, id_):
            raise Forbidden("move all items of", id_)
        await keep_for_now(changes, knowledge, id_, body.document, body.moves)
    suppressed = body.job if body.automation == "suppress" else None
    await clear(request.process, request.cause, id_, body.moves, suppressed)


def may(request: Asked, pipeline: str, level: Any) -> None:
    """Refuse whoever may not read, or change, the rules of a pipeline's type."""
    request.rights.require_automation(pipeline.partition("/")[0], level)


def published(written: WrittenPipeline, rule_set: int, revision: int) -> PublishedPipeline:
    """Give a document with what was published of it."""
    shape: dict[str, Any] = written.model_dump()
    return PublishedPipeline(**shape, rule_set=rule_set, revision=revision)
