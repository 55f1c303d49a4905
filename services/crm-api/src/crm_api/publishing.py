"""Publishing a pipeline: its stages and triggers, and the next rule set, in one transaction, after the checks."""

from automation.checking import Finding, check_rule_set
from automation.knowledge import Knowledge
from contracts.config import ConfigChanged, Pipeline
from contracts.rules import RuleSet

from crm_api.configuring import ConfigChanges
from crm_api.fields import FieldError
from crm_api.pipelines import WrittenPipeline, placed, stages_written_twice
from crm_api.store import config as stored_config

LARGEST_RULE_SET = 768_000


class NotPublishable(Exception):
    """The document cannot run; each finding names its place and how to mend it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(f"{f.path}: {f.message}" for f in findings))
        self.findings = findings


async def publish(
    changes: ConfigChanges, knowledge: Knowledge, id_: str, document: WrittenPipeline
) -> tuple[ConfigChanged, RuleSet]:
    """Publish a pipeline where the lock of config changes is held; what is already so gets no new number.

    Raises `NotPublishable`, and `FieldError` for what the document is about.
    """
    await _check_place(changes, knowledge, id_, document)
    before = knowledge.pipelines.get(id_)
    held = knowledge.rule_sets.get((id_, before.rule_set)) if before else None
    rule_set = document.as_rule_set(id_, (before.rule_set if before else 0) + 1, changes.cause.actor)
    if held is not None and held.stages == rule_set.stages:
        rule_set = held
    pipeline = document.as_pipeline(id_, rule_set.number)
    _check(document, rule_set, pipeline, knowledge)
    if rule_set is not held:
        await changes.put("rule-set", f"{id_}/{rule_set.number}", rule_set)
    return await changes.put("pipeline", id_, pipeline), rule_set


async def _check_place(changes: ConfigChanges, knowledge: Knowledge, id_: str, document: WrittenPipeline) -> None:
    if document.pipeline not in {"", id_}:
        raise FieldError("pipeline", f"it says {document.pipeline!r}, the address says {id_!r}", "leave it out")
    type_ = id_.partition("/")[0]
    if type_ not in knowledge.types:
        raise FieldError("type", f"there is no type {type_!r}", f"put it to /v1/config/type/{type_} first")
    left = await stored_config.standing_elsewhere(changes.tx, id_, [stage.key for stage in document.stages])
    if left:
        told = ", ".join(f"{count} in {stage!r}" for stage, count in left.items())
        raise FieldError("stages", f"items stand in stages that would go: {told}", "move them, or keep the stages")


def _check(document: WrittenPipeline, rule_set: RuleSet, pipeline: Pipeline, knowledge: Knowledge) -> None:
    findings = stages_written_twice(document) or check_rule_set(rule_set, pipeline, knowledge)
    if findings:
        raise NotPublishable([Finding(placed(f, document), f.message, f.fix) for f in findings])
    size = len(rule_set.model_dump_json().encode())
    if size > LARGEST_RULE_SET:
        fix = "split the pipeline, or shorten the texts"
        raise FieldError("stages", f"the rules are {size} bytes; they may have {LARGEST_RULE_SET}", fix)
