"""Drafts of pipelines: begun from what is published, saved as often as one likes, and looked at before a publish."""

from dataclasses import dataclass, replace

from automation.checking import Finding
from automation.knowledge import Knowledge
from chassis.database import Transaction

from crm_api.access.rights import Rights
from crm_api.fields import FieldError
from crm_api.rules.differences import Difference, differences
from crm_api.rules.drafts import DraftOutdated, PipelineDraft, PipelineUnknown
from crm_api.rules.pipelines import NO_IDS, LastingIds, Named, WrittenPipeline, lasting_ids
from crm_api.rules.publishing import Published, Terms, check_size, drawn, findings_of
from crm_api.store import drafts as store


@dataclass(frozen=True, slots=True)
class Outlook:
    """What publishing a draft would change, and what is wrong or odd with it."""

    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...]


async def begun(tx: Transaction, knowledge: Knowledge, pipeline: str) -> PipelineDraft:
    """Give the draft of a pipeline, or a fresh one of what is published; raises `PipelineUnknown`."""
    held = await store.read(tx, pipeline)
    if held is not None:
        return held
    published = Published.of(knowledge, pipeline)
    if published.pipeline is None:
        raise PipelineUnknown(f"no pipeline has the id {pipeline}")
    named = published.named
    return PipelineDraft(pipeline, 0, published.number, named.document, named.ids, "", None)


async def replaced(tx: Transaction, knowledge: Knowledge, pipeline: str, document: WrittenPipeline) -> PipelineDraft:
    """Give the draft with another document, based on what is published now; rules keep their ids by their places."""
    held = await store.read(tx, pipeline)
    published = Published.of(knowledge, pipeline)
    known = by_place(document, published.named.ids, held.ids if held else NO_IDS)
    version = held.version if held else 0
    return PipelineDraft(pipeline, version, published.number, document, known, "", None)


def by_place(document: WrittenPipeline, published: LastingIds, held: LastingIds) -> LastingIds:
    """Give the lasting ids for another document: a rule that the draft has moved is not where it was published too."""
    there = {(stage.key, rule.key) for stage in document.stages for rule in stage.rules}
    moved = {place: id_ for place, id_ in held.items() if place in there}
    taken = set(moved.values())
    return {place: id_ for place, id_ in published.items() if id_ not in taken} | moved


async def save(tx: Transaction, knowledge: Knowledge, draft: PipelineDraft, by: str) -> PipelineDraft:
    """Keep a draft under its next version; raises `FieldError` for what no draft can be."""
    type_ = draft.pipeline.partition("/")[0]
    if draft.document.pipeline not in {"", draft.pipeline}:
        told = f"it says {draft.document.pipeline!r}, the address says {draft.pipeline!r}"
        raise FieldError("pipeline", told, "leave it out")
    if type_ not in knowledge.types:
        raise FieldError("type", f"there is no type {type_!r}", f"put it to /v1/config/type/{type_} first")
    _, rule_set = drawn(Published.of(knowledge, draft.pipeline), draft.pipeline, draft.document, Terms(), by)
    check_size(rule_set)
    saved = replace(draft, version=await store.next_version(tx), saved_by=by, saved_at=await tx.now())
    await store.save(tx, saved)
    return saved


def expect_base(draft: PipelineDraft, knowledge: Knowledge) -> None:
    """Refuse to publish over what was published after the draft began; raises `DraftOutdated`."""
    number = Published.of(knowledge, draft.pipeline).number
    if number != draft.base:
        told = f"the draft was made from version {draft.base}; version {number} has been published since"
        raise DraftOutdated(told, "look at what it changes, and put the draft once more", number)


def look_ahead(draft: PipelineDraft, knowledge: Knowledge, rights: Rights | None = None) -> Outlook:
    """Say what publishing a draft would change, and what is found in it where somebody with these rights does it."""
    held = Published.of(knowledge, draft.pipeline)
    pipeline, rule_set = drawn(held, draft.pipeline, draft.document, Terms(ids=draft.ids), draft.saved_by)
    found = findings_of(draft.document, rule_set, pipeline, knowledge, rights)
    return Outlook(differences(held.named, Named(draft.document, lasting_ids(rule_set))), tuple(found))
