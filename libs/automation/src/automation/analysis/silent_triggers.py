"""Silent triggers: where no item can be moved to, with a filter that nothing fits, or a condition that never holds."""

from collections.abc import Iterator

from contracts.commands import FittingTrigger
from contracts.config import Pipeline
from contracts.rules import Trigger

from automation.analysis.outline import Outline
from automation.analysis.payloads import unheard
from automation.analysis.possible import can_hold
from automation.analysis.scope import Scope
from automation.checking import Finding
from automation.conditions import read_condition
from automation.documents import DocumentError, join
from automation.paths import ANY_ITEM
from automation.triggers import choose


def find(outline: Outline) -> Iterator[Finding]:
    """Find each enabled trigger that can never move an item."""
    for stage, triggers in outline.pipeline.triggers.items():
        for number, trigger in enumerate(triggers):
            if trigger.enabled and outline.pipeline.stage(stage) is not None:
                yield from _silent(trigger, stage, outline, join("triggers", stage, number))


def _silent(trigger: Trigger, stage: str, outline: Outline, at: str) -> Iterator[Finding]:
    sources = stages_before(trigger, stage, outline.pipeline)
    if not sources:
        words = f"no stage comes before {stage}, so no item can be moved to it"
        yield Finding(at, words, "allow it to move items back, or put it on a later stage", "warning")
    for key, words in unheard(trigger.on, trigger.filter, outline.pipeline, outline.knowledge):
        yield Finding(join(at, "filter", key), words, "list what fits, or leave it out", "warning")
    if sources and not _may_hold(trigger, sources, outline):
        words = f"no item that it could move to {stage} meets the condition"
        yield Finding(join(at, "when"), words, "take away what excludes the rest, or the trigger", "warning")


def stages_before(trigger: Trigger, stage: str, pipeline: Pipeline) -> tuple[str, ...]:
    """Give the stages from which a trigger may move an item to its own."""
    one = FittingTrigger(id=trigger.id, pipeline=pipeline.id, stage=stage)
    items = (ANY_ITEM.model_copy(update={"stage": source.key}) for source in pipeline.stages)
    return tuple(item.stage for item in items if choose(item, pipeline, [one], lambda _: True).chosen)


def _may_hold(trigger: Trigger, sources: tuple[str, ...], outline: Outline) -> bool:
    scope = Scope.of(outline.pipeline, outline.knowledge, sources, signal_kind=trigger.on)
    try:
        return can_hold(read_condition(trigger.when), scope)
    except DocumentError:
        return True
