"""Published versions over HTTP: who published what, and the way back in one step."""

from datetime import datetime
from typing import Annotated

from automation.checking import Finding
from automation.knowledge import Knowledge
from chassis.problems import Problem
from fastapi import APIRouter, Path, Query
from pydantic import Field

from crm_api.http.asking import Body, ByPerson
from crm_api.http.drafts import PUBLISH, Publish
from crm_api.http.pipelines import PipelineId, PublishedPipeline, may, published
from crm_api.rules.drafts import PipelineUnknown
from crm_api.rules.pipelines import Waiting, lasting_ids, write
from crm_api.rules.publishing import Published, Terms, publish
from crm_api.rules.versions import Version
from crm_api.store import versions as store

router = APIRouter(prefix="/v1/pipelines/{type_}/{key}/versions", tags=["versions"])
Number = Annotated[int, Path(ge=1, lt=2**31, examples=[1])]


class ShownVersion(Body):
    """One publish: who, when, what it changed in words, and over which warnings."""

    number: int
    waiting: Waiting
    words: list[str]
    overridden: list[Finding]
    published_by: str
    published_at: datetime


class VersionPage(Body):
    """A part of the versions, newest first; `next` is what to send as `before` for the following part."""

    versions: list[ShownVersion]
    next: int | None


class PublishAgain(Publish):
    """How to publish an earlier version once more."""

    version: int | None = Field(None, description="the number of what was published when this was decided")


@router.get("")
async def listing(
    id_: PipelineId,
    request: ByPerson,
    before: Annotated[int, Query(ge=1, lt=2**31)] = 2**31 - 1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> VersionPage:
    """List the versions of a pipeline, newest first."""
    async with request.transaction() as tx:
        may(request, id_, "read")
        versions = await store.listed(tx, id_, before, limit)
    told = [ShownVersion(**version.model_dump(exclude={"document"})) for version in versions]
    return VersionPage(versions=told, next=versions[-1].number if len(versions) == limit else None)


@router.get("/{number}")
async def read(id_: PipelineId, number: Number, request: ByPerson) -> Version:
    """Give a version with its document."""
    async with request.transaction() as tx:
        may(request, id_, "read")
        return known(await store.one(tx, id_, number), id_, number)


@router.post("/{number}/publish", name="publish")
async def publish_again(
    id_: PipelineId, number: Number, body: Annotated[PublishAgain, PUBLISH], request: ByPerson
) -> PublishedPipeline:
    """Publish an earlier version once more, as the next one."""
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        expect_published(id_, body.version, knowledge)
        version = known(await store.one(changes.tx, id_, number), id_, number)
        ids = lasting_ids(knowledge.rule_sets.get((id_, number)))
        terms = Terms(body.waiting, body.override_warnings, ids, seen=body.version is not None)
        record, rule_set = await publish(changes, knowledge, id_, version.document, terms)
    return published(write(record.record(), rule_set), rule_set.number, record.revision)


def expect_published(pipeline: str, version: int | None, knowledge: Knowledge) -> None:
    """Refuse a publish that was decided on another version than what is published: 409 that tells its number."""
    number = Published.of(knowledge, pipeline).number
    if version is not None and version != number:
        words = f"version {number} of {pipeline} is published, not {version}"
        fix = "look at what is published, and send its number"
        raise Problem(409, "Another version is published", detail=words, field="version", fix=fix, current=number)


def known(version: Version | None, pipeline: str, number: int) -> Version:
    """Refuse a version that does not exist."""
    if version is None:
        raise PipelineUnknown(f"{pipeline} has no version {number}")
    return version
