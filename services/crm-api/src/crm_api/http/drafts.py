"""Drafts over HTTP: a pipeline while it is edited, what publishing it would change, and the publish."""

from datetime import datetime
from typing import Annotated, Any

from automation.checking import Finding
from chassis.database import Transaction
from fastapi import APIRouter
from fastapi import Body as Sent
from pydantic import Field

from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.pipelines import PipelineId, PublishedPipeline, may, published
from crm_api.rules.differences import Difference
from crm_api.rules.drafting import begun, expect_base, look_ahead, replaced, save
from crm_api.rules.drafts import PipelineDraft, PipelineUnknown, expect
from crm_api.rules.foreseeing import Foreseen, foresee
from crm_api.rules.pipelines import EXAMPLE, Waiting, WrittenPipeline, write
from crm_api.rules.publishing import Terms, publish
from crm_api.store import drafts as store
from crm_api.store.drafts import Waiters

router = APIRouter(prefix="/v1/pipelines/{type_}/{key}/draft", tags=["drafts"])
EXAMPLES: Any = Sent(openapi_examples={"retail": {"summary": "A pipeline with a rule", "value": EXAMPLE}})
PUBLISH: Any = Sent(
    openapi_examples={"keep": {"summary": "What waits keeps its rule and its time", "value": {"waiting": "keep"}}}
)


class DraftBody(WrittenPipeline):
    """A document to save; `version` is that of the draft on which it was decided, 0 for none."""

    version: int | None = None


class ShownDraft(WrittenPipeline):
    """A draft, with what is found in it; `base` is the number of what was published when it began."""

    version: int
    base: int
    saved_by: str
    saved_at: datetime | None
    findings: list[Finding]


class DraftChanges(Body):
    """What publishing a draft changes, what is found in it, and how many executions wait on what is published.

    `migrating` says what would become of those where the publish migrated them.
    """

    version: int
    base: int
    differences: list[Difference]
    findings: list[Finding]
    waiting: list[Waiters]
    migrating: Foreseen


class Publish(Body):
    """How to publish: what becomes of waiting executions, and whether warnings are passed over."""

    waiting: Waiting = Field("keep", description="keep the old rule and time, migrate to the new ones, or cancel")
    override_warnings: bool = False
    version: int | None = Field(None, description="the version of the draft that was looked at")


@router.get("")
async def read(id_: PipelineId, request: ByPerson) -> ShownDraft:
    """Give the draft of a pipeline, analysed."""
    async with request.transaction() as tx:
        draft = await readable(tx, request, id_)
    return shown(draft, request)


@router.put("")
async def put(id_: PipelineId, body: Annotated[DraftBody, EXAMPLES], request: ByPerson) -> ShownDraft:
    """Save a draft, with mistakes or without; what is found in it is told."""
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        document = WrittenPipeline(**body.model_dump(exclude={"version"}))
        draft = await replaced(changes.tx, knowledge, id_, document)
        expect(draft, body.version)
        saved = await save(changes.tx, knowledge, draft, request.cause.actor)
    return shown(saved, request)


@router.delete("", status_code=204)
async def delete(id_: PipelineId, request: ByPerson, version: int | None = None) -> None:
    """Throw a draft away; what is published stays. `version` is that of the draft on which this was decided."""
    async with request.configuring() as (changes, _):
        may(request, id_, "change")
        draft = await store.read(changes.tx, id_)
        if draft is None:
            raise PipelineUnknown(f"{id_} has no draft")
        expect(draft, version)
        await store.delete(changes.tx, id_)


@router.get("/changes")
async def changes(id_: PipelineId, request: ByPerson) -> DraftChanges:
    """Say in words what publishing the draft changes, and how many executions wait on what is published."""
    async with request.transaction() as tx:
        draft = await readable(tx, request, id_)
        waiting = await store.waiting(tx, id_)
        foreseen = await foresee(tx, request.knowledge, draft)
    outlook = look_ahead(draft, request.knowledge, request.rights)
    told = {"differences": list(outlook.differences), "findings": list(outlook.findings)}
    return DraftChanges(version=draft.version, base=draft.base, waiting=waiting, migrating=foreseen, **told)


@router.post("/publish", name="publish")
async def publish_draft(id_: PipelineId, body: Annotated[Publish, PUBLISH], request: ByPerson) -> PublishedPipeline:
    """Publish the draft as the next version, and throw it away."""
    async with request.configuring() as (changes, knowledge):
        may(request, id_, "change")
        draft = await begun(changes.tx, knowledge, id_)
        expect(draft, body.version)
        expect_base(draft, knowledge)
        # A draft that nobody saved is there again after each publish: its version tells no repeat.
        terms = Terms(body.waiting, body.override_warnings, draft.ids, seen=bool(body.version))
        record, rule_set = await publish(changes, knowledge, id_, draft.document, terms)
        await store.delete(changes.tx, id_)
    return published(write(record.record(), rule_set), rule_set.number, record.revision)


async def readable(tx: Transaction, request: Asked, id_: str) -> PipelineDraft:
    """Give the draft of a pipeline to whoever may read it; raises `PipelineUnknown` where there is none."""
    may(request, id_, "read")
    draft = await store.read(tx, id_)
    if draft is None:
        raise PipelineUnknown(f"{id_} has no draft")
    return draft


def shown(draft: PipelineDraft, request: Asked) -> ShownDraft:
    """Show a draft."""
    return ShownDraft(
        **draft.document.model_dump(exclude={"pipeline"}),
        pipeline=draft.pipeline,
        version=draft.version,
        base=draft.base,
        saved_by=draft.saved_by,
        saved_at=draft.saved_at,
        findings=list(look_ahead(draft, request.knowledge, request.rights).findings),
    )
