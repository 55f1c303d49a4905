"""What looks wrong in a rule set though it can run: one file for each finding, and the one table of them."""

from collections.abc import Callable, Iterable

from contracts.config import Pipeline
from contracts.rules import RuleSet

from automation.analysis import empty_placeholders, loops, same_field, silent_rules, silent_triggers, waiting_chains
from automation.analysis.outline import Outline
from automation.checking import Finding, check_rule_set
from automation.knowledge import Knowledge

WARNINGS: dict[str, Callable[[Outline], Iterable[Finding]]] = {
    "a loop without delay or exit": loops.find,
    "two rules that set one field at the same moment": same_field.find,
    "a rule that can never run": silent_rules.find,
    "a trigger that can never fire": silent_triggers.find,
    "a placeholder that cannot have a value": empty_placeholders.find,
    "a chain that can only wait": waiting_chains.find,
}


def analyse(rule_set: RuleSet, pipeline: Pipeline, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Find what cannot run, and of what can, what hardly does as it is meant."""
    outline = Outline.of(rule_set, pipeline, knowledge)
    warnings = (finding for find in WARNINGS.values() for finding in find(outline))
    return (*check_rule_set(rule_set, pipeline, knowledge), *warnings)


__all__ = ["WARNINGS", "analyse"]
