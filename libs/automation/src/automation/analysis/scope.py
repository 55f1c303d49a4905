"""Where a condition is asked: of which items, and what is certain of each of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.config import Pipeline

from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.knowledge import Knowledge
from automation.paths import ANY_ITEM
from automation.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a condition is asked: of which items, and what is certain of each of them, by path.

    Values below `never` (`signal.`) are not there at all.
    """

    vocabulary: Vocabulary
    known: Mapping[str, Collection[Any]]
    never: tuple[str, ...] = ()
    facts: Facts = field(init=False)

    def __post_init__(self) -> None:
        """Stand in for an item of which nothing is known."""
        item = ANY_ITEM.model_copy(update={"type": self.vocabulary.pipeline.type})
        object.__setattr__(self, "facts", Facts(item, (), self.vocabulary.knowledge))

    @classmethod
    def of(cls, pipeline: Pipeline, knowledge: Knowledge, stages: Collection[str], **more: str) -> "Scope":
        """Give the scope of items that stand in one of these stages; `more` are values by root and name, as `a_b`."""
        known = {"item.stage": stages, "item.pipeline": (pipeline.id,), "item.type": (pipeline.type,)}
        named = {path.replace("_", ".", 1): (value,) for path, value in more.items()}
        return cls(Vocabulary(pipeline, knowledge), {**known, **named})

    @classmethod
    def of_rule(cls, pipeline: Pipeline, knowledge: Knowledge, stage: str, *, stays: bool) -> "Scope":
        """Give the scope of a rule of a stage: it sees no signal, and where it stays its item may be anywhere."""
        known: dict[str, Collection[Any]] = {"item.type": (pipeline.type,)}
        if not stays:
            known |= {"item.stage": (stage,), "item.pipeline": (pipeline.id,)}
        return cls(Vocabulary(pipeline, knowledge), known, ("signal.",))

    def values(self, path: str) -> Collection[Any] | None:
        """Give all that a value can be where that is certain."""
        return (EMPTY,) if path.startswith(self.never) else self.known.get(path)

    def several(self, path: str) -> bool:
        """Say whether a value may be several ones."""
        try:
            return self.vocabulary.multiple(path)
        except DocumentError:
            return True
