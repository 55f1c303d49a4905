"""A rule as decisions use it: its documents read once, for rule sets are immutable."""

from dataclasses import dataclass

from contracts.rules import Rule

from automation.calls import Call
from automation.conditions import Condition, read_condition
from automation.knowledge import Knowledge
from automation.lateness import CatchUp
from automation.timing import Timing, read_timing


@dataclass(frozen=True, slots=True)
class ReadRule:
    """What the documents of a rule mean."""

    timing: Timing
    condition: Condition
    call: Call
    catch_up: CatchUp


def read_rule(rule: Rule, knowledge: Knowledge) -> ReadRule:
    """Give what a rule means, read once for each rule; raises `DocumentError` with the place."""
    return knowledge.memo.of(("rule", id(rule)), rule, lambda: _read(rule))


def _read(rule: Rule) -> ReadRule:
    call = Call.read(rule.do)
    return ReadRule(
        read_timing(rule.timing),
        read_condition(rule.when),
        call,
        CatchUp.read(rule.catch_up, is_message=call.action.is_message),
    )
