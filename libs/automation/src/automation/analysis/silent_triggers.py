"""Silent triggers: on a stage that no item can be moved to from before it, or with a filter that nothing fits."""

from collections.abc import Iterator

from contracts.config import Pipeline
from contracts.rules import Trigger

from automation.analysis.outline import Outline
from automation.checking import Finding
from automation.documents import join


def find(outline: Outline) -> Iterator[Finding]:
    """Find each enabled trigger that can never move an item."""
    for stage, triggers in outline.pipeline.triggers.items():
        for number, trigger in enumerate(triggers):
            at = join("triggers", stage, number)
            if trigger.enabled:
                yield from _silent(trigger, stage, outline.pipeline, at)


def _silent(trigger: Trigger, stage: str, pipeline: Pipeline, at: str) -> Iterator[Finding]:
    if not trigger.allow_backward and not _has_earlier(pipeline, stage):
        words = f"no stage comes before {stage}, so no item can be moved to it"
        yield Finding(at, words, "allow it to move items back, or put it on a later stage", "warning")
    for key, wanted in trigger.filter.items():
        if isinstance(wanted, list | tuple) and not wanted:
            yield Finding(join(at, "filter", key), "no value fits an empty list", "list what fits", "warning")


def _has_earlier(pipeline: Pipeline, stage: str) -> bool:
    opened = [one.key for one in pipeline.stages if one.kind == "open"]
    return bool(opened) and stage != opened[0]
