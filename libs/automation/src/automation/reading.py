"""A rule as decisions use it: its documents read once, for rule sets are immutable."""

from dataclasses import dataclass

from contracts.apps import App
from contracts.rules import Rule

from automation.app_actions import app_of
from automation.calls import Call
from automation.conditions import Condition, read_condition
from automation.knowledge import Knowledge, Memo
from automation.lateness import CatchUp
from automation.timing import Timing, read_timing


@dataclass(frozen=True, slots=True)
class ReadRule:
    """What the documents of a rule mean; `app` is the one whose action it does, as it was when this was read."""

    timing: Timing
    condition: Condition
    call: Call
    catch_up: CatchUp
    app: App | None = None


def read_rule(rule: Rule, knowledge: Knowledge) -> ReadRule:
    """Give what a rule means, read once for each rule; raises `DocumentError` with the place."""
    read = knowledge.memo.of(("rule", id(rule)), rule, lambda: _read(rule, knowledge))
    return read if read.app is None else _as_now(read, read.app, rule, knowledge)


def _as_now(read: ReadRule, app: App, rule: Rule, knowledge: Knowledge) -> ReadRule:
    """Give a rule as the app that it calls is now, which may be updated while the rule stays."""
    now = knowledge.apps.get(app.id)
    if now is app:
        return read
    own = knowledge.memo.of(("rule of an app", id(rule)), rule, Memo)
    return own.of(app.id, now, lambda: _read(rule, knowledge))


def _read(rule: Rule, knowledge: Knowledge) -> ReadRule:
    call = Call.read(rule.do, knowledge)
    return ReadRule(
        read_timing(rule.timing),
        read_condition(rule.when),
        call,
        CatchUp.read(rule.catch_up, is_message=call.action.is_message),
        knowledge.apps.get(app_of(rule.action)),
    )
