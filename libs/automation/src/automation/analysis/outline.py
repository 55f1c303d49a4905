"""A rule set as the findings look at it: each enabled rule that can be read, with its place."""

from dataclasses import dataclass
from typing import Any

from contracts.config import Pipeline
from contracts.rules import Rule, RuleSet

from automation.checking import Finding
from automation.documents import DocumentError, join
from automation.knowledge import Knowledge
from automation.reading import ReadRule, read_rule
from automation.timing.after_previous import AfterPrevious


@dataclass(frozen=True, slots=True)
class Spot:
    """One enabled rule: where it stands in the document, and what it means."""

    path: str
    stage: str
    rule: Rule
    read: ReadRule

    @property
    def at_once(self) -> bool:
        """Say whether nothing is waited for between the entry, or the end of the rule before it, and this one."""
        timing = self.read.timing
        if timing.working_time is not None:
            return False
        return timing.of_entry or (isinstance(timing, AfterPrevious) and timing.after_previous.is_zero)

    @property
    def always(self) -> bool:
        """Say whether the rule has no condition."""
        return self.rule.when is None

    def parameter(self, name: str) -> Any:
        """Give a parameter as it is written."""
        return self.rule.params.get(name)

    def warn(self, part: str, message: str, fix: str) -> Finding:
        """Make a warning about a part of the rule."""
        return Finding(join(self.path, part), message, fix, "warning")


@dataclass(frozen=True, slots=True)
class Outline:
    """The enabled rules by stage, in their order, and the pipeline that they are of."""

    pipeline: Pipeline
    stages: dict[str, tuple[Spot, ...]]

    @classmethod
    def of(cls, rule_set: RuleSet, pipeline: Pipeline, knowledge: Knowledge) -> "Outline":
        """Give the outline of a rule set; what cannot be read is left to the check for errors."""
        stages: dict[str, tuple[Spot, ...]] = {}
        for number, stage in enumerate(rule_set.stages):
            at = join("stages", number, "rules")
            spots = (_spot(join(at, n), stage.stage, rule, knowledge) for n, rule in enumerate(stage.rules))
            stages[stage.stage] = tuple(spot for spot in spots if spot is not None)
        return cls(pipeline, stages)

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Give all rules, stage by stage."""
        return tuple(spot for spots in self.stages.values() for spot in spots)


def _spot(path: str, stage: str, rule: Rule, knowledge: Knowledge) -> Spot | None:
    if not rule.enabled:
        return None
    try:
        return Spot(path, stage, rule, read_rule(rule, knowledge))
    except DocumentError:
        return None
