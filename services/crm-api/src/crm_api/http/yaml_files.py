"""Pipelines as YAML over HTTP: the same documents as in JSON, to keep in files and to compare."""

import asyncio
from typing import Annotated, Any

from contracts.data import JsonObject
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from crm_api.http.asking import ByPerson
from crm_api.http.drafts import ShownDraft, shown
from crm_api.http.pipelines import PipelineId, PublishedPipeline, may, published
from crm_api.rules.drafting import begun, replaced, save
from crm_api.rules.drafts import PipelineUnknown, expect
from crm_api.rules.pipelines import EXAMPLE, WrittenPipeline, write
from crm_api.rules.publishing import Published, publish
from crm_api.rules.yaml_documents import MEDIA_TYPE, read_yaml, write_yaml

router = APIRouter(prefix="/v1/pipelines/{type_}/{key}.yaml", tags=["pipelines"])
drafts = APIRouter(prefix="/v1/pipelines/{type_}/{key}/draft.yaml", tags=["drafts"])
SHAPE: JsonObject = {"$ref": f"#/components/schemas/{WrittenPipeline.__name__}"}
# As with JSON, the schema is that of what is read from the text; the example is the text.
CONTENT: JsonObject = {MEDIA_TYPE: {"schema": SHAPE, "examples": {"retail": {"value": write_yaml(EXAMPLE)}}}}
IN: dict[str, Any] = {"requestBody": {"required": True, "content": CONTENT}}
OUT: dict[int | str, dict[str, Any]] = {200: {"description": "The document.", "content": CONTENT}}


class YamlResponse(Response):
    """An answer in YAML."""

    media_type = MEDIA_TYPE


async def written(request: Request) -> WrittenPipeline:
    """Read the document that a request brings; its mistakes are told as those of JSON are."""
    given = await asyncio.to_thread(read_yaml, await request.body())
    try:
        return WrittenPipeline.model_validate(given)
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_input=False)]
        raise RequestValidationError(told) from None


Sent = Annotated[WrittenPipeline, Depends(written)]


@router.get("", name="export_yaml", responses=OUT, response_class=Response)
async def export(id_: PipelineId, request: ByPerson) -> Response:
    """Give a published pipeline as YAML; connections and people are named by their keys, secrets are never in it."""
    async with request.transaction():
        may(request, id_, "read")
        held = Published.of(request.knowledge, id_)
    if held.pipeline is None:
        raise PipelineUnknown(f"no pipeline has the id {id_}")
    return await as_yaml(held.named.document)


@router.put("", name="put_yaml", openapi_extra=IN)
async def put(id_: PipelineId, request: ByPerson, body: Sent) -> PublishedPipeline:
    """Publish a pipeline from YAML at once; an export that is put back publishes nothing new."""
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        record, rule_set = await publish(changes, knowledge, id_, body)
    return published(write(record.record(), rule_set), rule_set.number, record.revision)


@drafts.get("", name="export_yaml", responses=OUT, response_class=Response)
async def export_draft(id_: PipelineId, request: ByPerson) -> Response:
    """Give the draft of a pipeline as YAML, or what is published where there is none."""
    async with request.transaction() as tx:
        may(request, id_, "read")
        draft = await begun(tx, request.knowledge, id_)
    return await as_yaml(draft.document)


@drafts.put("", name="put_yaml", openapi_extra=IN)
async def put_draft(id_: PipelineId, request: ByPerson, body: Sent, version: int | None = None) -> ShownDraft:
    """Save a draft from YAML; `version` is that of the draft on which it was decided, 0 for none."""
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        draft = await replaced(changes.tx, knowledge, id_, body)
        expect(draft, version)
        saved = await save(changes.tx, knowledge, draft, request.cause.actor)
    return shown(saved, request)


async def as_yaml(document: WrittenPipeline) -> Response:
    """Answer with a document in YAML, without what is as it would be anyway."""
    told = document.model_dump(mode="json", exclude_defaults=True)
    return YamlResponse(await asyncio.to_thread(write_yaml, told))
