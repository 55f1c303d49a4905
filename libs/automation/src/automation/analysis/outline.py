"""A rule set as the findings look at it: each enabled rule that can be read, with its place."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.config import Pipeline
from contracts.rules import Rule, RuleSet

from automation.analysis.possible import always_holds, can_hold
from automation.analysis.scope import Scope
from automation.checking import Finding
from automation.documents import DocumentError, join
from automation.knowledge import Knowledge
from automation.reading import ReadRule, read_rule
from automation.timing.after_previous import AfterPrevious


@dataclass(frozen=True, slots=True)
class Spot:
    """One enabled rule: where it stands in the document, what it means, and the nearest rule before it.

    `scope` is what is certain of every item for which it runs.
    """

    path: str
    stage: str
    rule: Rule
    read: ReadRule
    scope: Scope = field(repr=False)
    before: "Spot | None" = field(default=None, repr=False)

    @property
    def at_once(self) -> bool:
        """Say whether nothing is waited for between the entry and this rule, nor in the chain before it."""
        timing = self.read.timing
        if timing.working_time is not None:
            return False
        if not isinstance(timing, AfterPrevious):
            return timing.of_entry
        return timing.after_previous.is_zero and self.before is not None and self.before.at_once

    @property
    def always(self) -> bool:
        """Say whether the rule's condition holds for every item."""
        return always_holds(self.read.condition, self.scope)

    @property
    def never(self) -> bool:
        """Say whether the rule's condition holds for no item."""
        return not can_hold(self.read.condition, self.scope)

    @property
    def by_itself(self) -> bool:
        """Say whether it follows on every entry at once, as the rules before it do that it waits for."""
        return self.at_once and self.always and all(map(_released, (self, *self.chain)))

    @property
    def chain(self) -> "tuple[Spot, ...]":
        """Give the rules that it waits for, the nearest first."""
        spot, found = self, list[Spot]()
        while spot.before is not None and spot.read.timing.after_previous_rule:
            spot = spot.before
            found.append(spot)
        return tuple(found)

    def parameter(self, name: str) -> Any:
        """Give a parameter as it is written."""
        return self.rule.params.get(name)

    def warn(self, part: str, message: str, fix: str) -> Finding:
        """Make a warning about a part of the rule."""
        return Finding(join(self.path, part), message, fix, "warning")


@dataclass(frozen=True, slots=True)
class Outline:
    """The enabled rules by stage, in their order, the pipeline that they are of, and the config around it."""

    pipeline: Pipeline
    knowledge: Knowledge
    stages: dict[str, tuple[Spot, ...]]

    @classmethod
    def of(cls, rule_set: RuleSet, pipeline: Pipeline, knowledge: Knowledge) -> "Outline":
        """Give the outline of a rule set; what cannot be read is left to the check for errors."""
        stages: dict[str, tuple[Spot, ...]] = {}
        for number, stage in enumerate(rule_set.stages):
            scopes = [Scope.of_rule(pipeline, knowledge, stage.stage, stays=stays) for stays in (False, True)]
            at = join("stages", number, "rules")
            spots = (
                _spot(join(at, n), stage.stage, rule, scopes[rule.keep_on_leave]) for n, rule in enumerate(stage.rules)
            )
            stages[stage.stage] = tuple(_in_line(spots))
        return cls(pipeline, knowledge, stages)

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Give all rules, stage by stage."""
        return tuple(spot for spots in self.stages.values() for spot in spots)

    @property
    def elsewhere(self) -> "Iterator[Outline]":
        """Give the outlines of the other pipelines, as they are published."""
        for one in self.knowledge.pipelines.values():
            rule_set = self.knowledge.rule_sets.get((one.id, one.rule_set))
            if one.id != self.pipeline.id and rule_set is not None:
                yield Outline.of(rule_set, one, self.knowledge)


def _released(spot: Spot) -> bool:
    """Say whether the rule before always ends as this one asks."""
    timing = spot.read.timing
    if not isinstance(timing, AfterPrevious):
        return True
    # A rule that is skipped has finished too.
    succeeds = timing.on_previous == "succeeded" and spot.before is not None and spot.before.always
    return succeeds or timing.on_previous == "finished"


def _in_line(spots: Iterator[Spot | None]) -> Iterator[Spot]:
    before: Spot | None = None
    for spot in spots:
        if spot is not None:
            before = replace(spot, before=before)
            yield before


def _spot(path: str, stage: str, rule: Rule, scope: Scope) -> Spot | None:
    if not rule.enabled:
        return None
    try:
        return Spot(path, stage, rule, read_rule(rule, scope.facts.knowledge), scope)
    except DocumentError:
        return None
