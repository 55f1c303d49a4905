"""Publishing a pipeline: its stages and triggers, and the next rule set, in one transaction, after the checks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from automation.analysis import analyse
from automation.checking import Finding
from automation.knowledge import Knowledge
from contracts.config import ConfigChanged, Pipeline
from contracts.rules import RuleSet

from crm_api.access.owners import check_owner
from crm_api.access.rights import Rights
from crm_api.config.configuring import ConfigChanges
from crm_api.fields import FieldError
from crm_api.rules.differences import differences
from crm_api.rules.pipelines import (
    NOTHING,
    LastingIds,
    Named,
    Waiting,
    WrittenPipeline,
    lasting_ids,
    placed,
    stages_written_twice,
    write,
)
from crm_api.rules.versions import Version
from crm_api.store import config as stored_config
from crm_api.store import versions as stored_versions

LARGEST_RULE_SET = 768_000


class NotPublishable(Exception):
    """The document cannot run; each finding names its place and how to mend it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{f.path}: {f.message}" for f in findings))
        self.findings = findings


class Warned(NotPublishable):
    """The document can run, but there are warnings that nobody said to publish over."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How to publish: what becomes of executions that wait on older rule sets, and whether warnings hold it back.

    `ids` are the lasting ids that rules keep; None for those of what is published now. With `takes_over` the rules act
    with the rights of who publishes from here on, though nothing else is changed.
    `seen` says that it was told on what this is decided, so that a request that is repeated by accident does nothing.
    """

    waiting: Waiting = "keep"
    override_warnings: bool = True
    ids: LastingIds | None = None
    takes_over: bool = True
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What holds for new entries; before the first publish nothing does."""

    pipeline: Pipeline | None = None
    rule_set: RuleSet | None = None
    number: int = 0

    @classmethod
    def of(cls, knowledge: Knowledge, id_: str) -> "Published":
        """Give what is published of a pipeline; one that was deleted goes on counting where it ended."""
        pipeline = knowledge.pipelines.get(id_)
        if pipeline is None:
            return cls(number=max((n for of, n in knowledge.rule_sets if of == id_), default=0))
        return cls(pipeline, knowledge.rule_sets.get((id_, pipeline.rule_set)), pipeline.rule_set)

    @property
    def named(self) -> Named:
        """Give the document, with the lasting ids of its rules."""
        if self.pipeline is None:
            return NOTHING
        return Named(write(self.pipeline, self.rule_set), lasting_ids(self.rule_set))


async def publish(
    changes: ConfigChanges, knowledge: Knowledge, id_: str, document: WrittenPipeline, terms: Terms | None = None
) -> tuple[ConfigChanged, RuleSet]:
    """Publish a pipeline where the lock of config changes is held.

    What is already so gets no new number, but where something is to become of what waits: that is kept with a version.
    Raises `NotPublishable`, `Warned`, and `FieldError` for what the document is about, or what would only cancel.
    """
    terms = terms or Terms()
    await _check_place(changes, knowledge, id_, document)
    held = Published.of(knowledge, id_)
    pipeline, rule_set = drawn(held, id_, document, terms, changes.cause.actor)
    warnings = _checked(document, rule_set, pipeline, knowledge, changes.rights)
    stays = as_it_is(id_, held, terms) if same(held, pipeline, rule_set, terms) else None
    if stays is not None:
        return await changes.put("pipeline", id_, stays[0]), stays[1]
    if warnings and not terms.override_warnings:
        raise Warned(warnings)
    await changes.put("rule-set", f"{id_}/{rule_set.number}", rule_set)
    version = Version(
        number=rule_set.number,
        waiting=rule_set.waiting,
        words=words_of(held, document, rule_set),
        overridden=tuple(warnings),
        published_by=changes.cause.actor,
        published_at=await changes.tx.now(),
        document=document.model_copy(update={"pipeline": id_}),
    )
    await stored_versions.keep(changes.tx, id_, version)
    return await changes.put("pipeline", id_, pipeline), rule_set


def drawn(held: Published, id_: str, document: WrittenPipeline, terms: Terms, by: str) -> tuple[Pipeline, RuleSet]:
    """Give the records that a document would be published as."""
    known = lasting_ids(held.rule_set) if terms.ids is None else terms.ids
    rule_set = document.as_rule_set(id_, held.number + 1, by, known, terms.waiting)
    return document.as_pipeline(id_, rule_set.number), rule_set


def words_of(held: Published, document: WrittenPipeline, rule_set: RuleSet) -> tuple[str, ...]:
    """Say what a publish changes; where only their owner is another, whose rights the rules have."""
    words = tuple(one.words for one in differences(held.named, Named(document, lasting_ids(rule_set))))
    if words or held.rule_set is None or held.rule_set.published_by == rule_set.published_by:
        return words
    return (f"the rules act with the rights of {rule_set.published_by}, no more of {held.rule_set.published_by}",)


def same(held: Published, pipeline: Pipeline, rule_set: RuleSet, terms: Terms) -> bool:
    """Say whether this is what is published already, whatever its number, and that nobody else would own it."""
    if held.pipeline is None or held.rule_set is None:
        return False
    shape = pipeline.model_copy(update={"rule_set": held.number})
    owned = not terms.takes_over or rule_set.published_by == held.rule_set.published_by
    return owned and shape == held.pipeline and rule_set.stages == held.rule_set.stages


def findings_of(
    document: WrittenPipeline, rule_set: RuleSet, pipeline: Pipeline, knowledge: Knowledge, rights: Rights | None = None
) -> list[Finding]:
    """Find what cannot run, and what looks wrong though it can, each at its place in the document.

    `rights` are those of who publishes, with which the rules will act.
    """
    found = stages_written_twice(document) or [*analyse(rule_set, pipeline, knowledge)]
    found += check_owner(rule_set, rights) if rights else ()
    return [replace(finding, path=placed(finding, document)) for finding in found]


def as_it_is(id_: str, held: Published, terms: Terms) -> tuple[Pipeline, RuleSet] | None:
    """Give what is published already; None where something is to become of what waits.

    Raises `FieldError` for what would only cancel once more.
    """
    if terms.waiting == "cancel" and not terms.seen:
        raise repeated(id_, held.number)
    if terms.waiting != "keep" or held.pipeline is None or held.rule_set is None:
        return None
    return held.pipeline, held.rule_set


def repeated(id_: str, number: int) -> FieldError:
    """Say that a publish would only cancel what began to wait since the one before, as a request sent twice does."""
    told = f"version {number} of {id_} is just so: once more would only cancel what has begun to wait on it"
    return FieldError("version", told, f"to cancel that too, publish version {number} again, with version: {number}")


async def _check_place(changes: ConfigChanges, knowledge: Knowledge, id_: str, document: WrittenPipeline) -> None:
    if document.pipeline not in {"", id_}:
        raise FieldError("pipeline", f"it says {document.pipeline!r}, the address says {id_!r}", "leave it out")
    type_ = id_.partition("/")[0]
    if type_ not in knowledge.types:
        raise FieldError("type", f"there is no type {type_!r}", f"put it to /v1/config/type/{type_} first")
    left = await stored_config.standing_elsewhere(changes.tx, id_, [stage.key for stage in document.stages])
    if left:
        told = ", ".join(f"{count} in {stage!r}" for stage, count in left.items())
        fix = "keep the stages, or send moves: {stage: another} with the pipeline"
        raise FieldError("stages", f"items stand in stages that would go: {told}", fix)
    check_sources(knowledge, id_, [stage.key for stage in document.stages])


def check_sources(knowledge: Knowledge, id_: str, staying: Collection[str]) -> None:
    """Refuse to take a stage away in which a source makes items; raises `FieldError`."""
    for source in knowledge.sources.values():
        create = source.nobody.create
        if create is not None and create.pipeline == id_ and create.stage not in staying:
            told = f"source {source.id!r} makes items in {create.stage!r}, which would go"
            raise FieldError("stages", told, "let that source create elsewhere first")


def _checked(
    document: WrittenPipeline, rule_set: RuleSet, pipeline: Pipeline, knowledge: Knowledge, rights: Rights | None
) -> list[Finding]:
    """Give the warnings; raises for what cannot run, and for what is too large."""
    found = findings_of(document, rule_set, pipeline, knowledge, rights)
    errors = [one for one in found if one.severity == "error"]
    if errors:
        raise NotPublishable(errors)
    check_size(rule_set)
    return found


def check_size(rule_set: RuleSet) -> None:
    """Refuse a rule set that is too large to be told to the other services."""
    size = len(rule_set.model_dump_json().encode())
    if size > LARGEST_RULE_SET:
        fix = "split the pipeline, or shorten the texts"
        raise FieldError("stages", f"the rules are {size} bytes; they may have {LARGEST_RULE_SET}", fix)
