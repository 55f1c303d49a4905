"""What a filter on a signal asks that no signal of its kind ever says."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from contracts.config import Pipeline

from automation.knowledge import Knowledge
from automation.vocabulary import RESPONSIBLE, USUAL_ROLES

PAID = {"invoice.paid": "invoice", "order.paid": "order"}
CHANGES = frozenset({"field.changed", "responsible.changed"})
CREATED, TEMPLATE = "document.created", "template"
# What a task goes through, and where its signal says so.
TASK, STATUSES = "task.changed", frozenset({"open", "in_progress", "done", "cancelled"})
STATUS_KEYS = frozenset({"status", "old", "new"})


def unheard(
    kind: str, wanted: Mapping[str, Any], pipeline: Pipeline, knowledge: Knowledge
) -> Iterator[tuple[str, str]]:
    """Give each key of a filter that nothing fits, with words; what senders outside say is theirs to choose."""
    pipelines = {**knowledge.pipelines, pipeline.id: pipeline}
    said = _Said(kind, wanted, pipelines, knowledge)
    for key, value in wanted.items():
        asked = _as_set(value)
        known = said.values(key)
        if not asked:
            yield key, "no value fits an empty list"
        elif known is not None and asked.isdisjoint(known):
            yield key, f"no signal {kind} says {key}: {', '.join(sorted(asked))}"


class _Said:
    """What inside signals of a kind can say, with the type that the filter asks for."""

    def __init__(
        self, kind: str, wanted: Mapping[str, Any], pipelines: Mapping[str, Pipeline], knowledge: Knowledge
    ) -> None:
        self.kind = kind
        self.knowledge = knowledge
        known = self._all_types()
        self.types = known & _as_set(wanted["type"]) if "type" in wanted else known
        self.pipelines = [one for one in pipelines.values() if one.type in self.types]

    def values(self, key: str) -> Collection[str] | None:
        """Give all that a key of the payload can be; None where that is not known."""
        if self.kind in CHANGES or self.kind in PAID:
            return self._of_change(key)
        if self.kind == CREATED and key == TEMPLATE:
            return self.knowledge.templates
        return STATUSES if self.kind == TASK and key in STATUS_KEYS else None

    def _of_change(self, key: str) -> Collection[str] | None:
        if key == "type":
            return self._all_types()
        if key == "field" and self.kind == "field.changed":
            return self._fields()
        if key in {"pipeline", "stage"} and self.pipelines:
            return self._places(key)
        return None

    def _all_types(self) -> set[str]:
        return {PAID[self.kind]} if self.kind in PAID else set(self.knowledge.types)

    def _fields(self) -> set[str]:
        described = {name for type_ in self.types for name in self.knowledge.fields(type_)}
        return {*described, *USUAL_ROLES, "title"} - {RESPONSIBLE}

    def _places(self, key: str) -> set[str]:
        if key == "pipeline":
            return {one.id for one in self.pipelines}
        return {stage.key for one in self.pipelines for stage in one.stages}


def _as_set(value: Any) -> set[str]:
    return {str(one) for one in (value if isinstance(value, list | tuple) else [value])}
