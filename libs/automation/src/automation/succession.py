"""What becomes of executions that wait on a rule set when later ones of its pipeline are published.

Each publish says what it does to what waits on all sets before it: `keep` leaves it alone, `migrate` gives it the new
rule with a moment computed anew from the entry, `cancel` ends it. What a migrating set lacks is cancelled too.
"""

from dataclasses import dataclass
from uuid import UUID

from contracts.rules import Rule, RuleSet, RuleSetRef

from automation.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Migrates:
    """The execution belongs to a later rule set: its rule there, and that rule's place in the stage."""

    ref: RuleSetRef
    rule: Rule
    position: int
    words: str


@dataclass(frozen=True, slots=True)
class Ends:
    """A later publish cancels the execution."""

    words: str


def choices(pipeline: str, knowledge: Knowledge) -> tuple[RuleSet, ...]:
    """Give the rule sets of a pipeline that do something to what waits, in their order."""
    return knowledge.memo.of("choices", knowledge.rule_sets, lambda: _by_pipeline(knowledge)).get(pipeline, ())


def fate(ref: RuleSetRef, rule: UUID, stage: str, knowledge: Knowledge) -> Migrates | Ends | None:
    """Say what later publishes make of an execution that waits; None where it stays as it is."""
    found: Migrates | None = None
    for later in choices(ref.pipeline, knowledge):
        if later.number <= ref.number:
            continue
        said = f"version {later.number}, published by {later.published_by}"
        if later.waiting == "cancel":
            return Ends(f"cancelled by {said}, which ends what waited")
        place = next((n for n, one in enumerate(later.of(stage)) if one.id == rule), None)
        if place is None:
            return Ends(f"cancelled by {said}, which has no such rule in this stage")
        to = RuleSetRef(pipeline=ref.pipeline, number=later.number)
        found = Migrates(to, later.of(stage)[place], place, f"moved to {said}")
    return found


def superseded(ref: RuleSetRef, knowledge: Knowledge) -> bool:
    """Say whether a later publish does something to what waits on this rule set."""
    sets = choices(ref.pipeline, knowledge)
    return bool(sets) and sets[-1].number > ref.number


def _by_pipeline(knowledge: Knowledge) -> dict[str, tuple[RuleSet, ...]]:
    found: dict[str, tuple[RuleSet, ...]] = {}
    for (pipeline, _), rule_set in sorted(knowledge.rule_sets.items()):
        if rule_set.waiting != "keep":
            found[pipeline] = (*found.get(pipeline, ()), rule_set)
    return found
