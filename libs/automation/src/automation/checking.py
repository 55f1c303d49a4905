"""What stops a publish: rules and triggers that cannot run, each finding with its place and a remedy."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Literal

from contracts.config import Pipeline
from contracts.elements import FieldKind
from contracts.rules import Rule, RuleSet, StageRules, Trigger

from automation.app_signals import wrong_filter
from automation.calls import Call, Place
from automation.conditions import Comparison, Condition, read_condition
from automation.documents import DocumentError, join, one_of
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.lateness import CatchUp
from automation.naming import wrong_names
from automation.paths import ANY_ITEM
from automation.settle_windows import Window
from automation.signal_kinds import SIGNAL_KINDS
from automation.timing import Timing, read_timing
from automation.timing.wait_for import WaitFor
from automation.values import Unreadable
from automation.variables import set_by
from automation.vocabulary import Vocabulary, results_of

DATES = frozenset({"date", "datetime", None})
PERSONS = frozenset({"person", "string", None})
OUTCOMES = frozenset({"arrived", "timed_out"})
SHORTEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake: where, what, and what to write instead; a warning is about what can run, but hardly as meant."""

    path: str
    message: str
    fix: str = ""
    severity: Literal["error", "warning"] = "error"


def check_rule_set(
    rule_set: RuleSet, pipeline: Pipeline, knowledge: Knowledge, shortest: timedelta = SHORTEST
) -> tuple[Finding, ...]:
    """Find what of a rule set, and of the pipeline's triggers, cannot run; `shortest` is the shortest delay allowed."""
    vocabulary = Vocabulary(pipeline, knowledge)
    findings: list[Finding] = []
    for number, stage in enumerate(rule_set.stages):
        at = join("stages", number)
        if pipeline.stage(stage.stage) is None:
            fix = one_of(one.key for one in pipeline.stages)
            findings.append(Finding(join(at, "stage"), f"unknown stage {stage.stage!r}", fix))
        findings += _stage(stage, vocabulary, join(at, "rules"), shortest)
    return (*findings, *check_triggers(pipeline, knowledge))


def check_triggers(pipeline: Pipeline, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Find what of a pipeline's triggers cannot run."""
    vocabulary = Vocabulary(pipeline, knowledge)
    findings: list[Finding] = []
    for stage, triggers in pipeline.triggers.items():
        at = join("triggers", stage)
        if pipeline.stage(stage) is None:
            findings.append(Finding(at, f"unknown stage {stage!r}", one_of(one.key for one in pipeline.stages)))
        findings += _twice((trigger.key for trigger in triggers), at)
        for number, trigger in enumerate(triggers):
            findings += _trigger(trigger, vocabulary, join(at, number))
    return tuple(findings)


def _stage(stage: StageRules, vocabulary: Vocabulary, at: str, shortest: timedelta) -> Iterator[Finding]:
    yield from _twice((rule.key for rule in stage.rules), at)
    before: list[Rule] = []
    variables = frozenset(filter(None, (set_by(rule.do) for rule in stage.rules if rule.enabled)))
    for number, rule in enumerate(stage.rules):
        known = replace(
            vocabulary,
            variables=variables,
            results={one.key: results_of(one.do, vocabulary.knowledge) for one in before},
        )
        yield from _rule(rule, before, known, join(at, number), shortest)
        if rule.enabled:
            before.append(rule)


def _twice(keys: Iterable[str], at: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, key in enumerate(keys):
        if key in seen:
            yield Finding(
                join(at, number, "key"), f"the key {key!r} is used twice in this stage", "give it another key"
            )
        seen.add(key)


def _rule(rule: Rule, before: list[Rule], vocabulary: Vocabulary, at: str, shortest: timedelta) -> Iterator[Finding]:
    yield from _caught(at, lambda: _timing(read_timing(rule.timing), before, vocabulary, shortest))
    yield from _caught(at, lambda: _condition(read_condition(rule.when), vocabulary, "when"))
    yield from _caught(at, lambda: _call(Call.read(rule.do, vocabulary.knowledge), vocabulary))
    yield from _caught(at, lambda: _catch_up(rule))


def _trigger(trigger: Trigger, vocabulary: Vocabulary, at: str) -> Iterator[Finding]:
    if trigger.on not in SIGNAL_KINDS:
        yield Finding(join(at, "on"), f"unknown kind of signal {trigger.on!r}", one_of(SIGNAL_KINDS))
    for error in wrong_filter(trigger.on, trigger.filter, vocabulary.knowledge):
        yield Finding(join(at, "filter", error.path), error.message, error.fix)
    yield from _caught(at, lambda: _condition(read_condition(trigger.when), vocabulary, "when"))
    yield from _caught(join(at, "settle"), lambda: _settle(trigger))


def _settle(trigger: Trigger) -> Iterator[Finding]:
    if trigger.settle is not None:
        Window.read(trigger.settle)
    yield from ()


def _caught(at: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        for found in check():
            yield replace(found, path=join(at, found.path))
    except DocumentError as error:
        yield Finding(join(at, error.path), error.message, error.fix)


def _catch_up(rule: Rule) -> Iterator[Finding]:
    CatchUp.read(rule.catch_up, is_message=False)
    yield from ()


def _timing(timing: Timing, before: list[Rule], vocabulary: Vocabulary, shortest: timedelta) -> Iterator[Finding]:
    yield from _behind(timing, before)
    if isinstance(timing, WaitFor) and timing.wait_for not in SIGNAL_KINDS:
        yield Finding("timing.wait_for", f"unknown kind of signal {timing.wait_for!r}", one_of(SIGNAL_KINDS))
    if isinstance(timing, WaitFor):
        for error in wrong_filter(timing.wait_for, timing.filter, vocabulary.knowledge):
            yield Finding(join("timing.filter", error.path), error.message, error.fix)
    if timing.length is not None and timing.length.shortest() < shortest:
        yield Finding("timing.after", f"{timing.length} is shorter than {shortest}", "wait longer, or not at all")
    if timing.date_path is not None:
        yield from _path(timing.date_path, vocabulary, "timing", partial(_is_date, vocabulary))


def _behind(timing: Timing, before: list[Rule]) -> Iterator[Finding]:
    """Say what is wrong with the place of a rule behind others, the nearest last."""
    if timing.needs_previous and not before:
        yield Finding("timing.after_previous", "there is no enabled rule before it in the stage", "move it down")
    if timing.awaits in OUTCOMES and before and "wait_for" not in before[-1].timing:
        words = f"the rule before it, {before[-1].key}, waits for no signal"
        yield Finding("timing.on_previous", words, "wait for its success, or let that one wait for a signal")


def _condition(condition: Condition, vocabulary: Vocabulary, at: str) -> Iterator[Finding]:
    for comparison in condition.comparisons():
        fits = partial(_comparable, comparison, vocabulary)
        for path in filter(None, (comparison.path, comparison.other)):
            yield from _path(path, vocabulary, at, fits)


def _call(call: Call, vocabulary: Vocabulary) -> Iterator[Finding]:
    at = join("do", call.action.name)
    for place, path in _read_by(call):
        yield from _path(path, vocabulary, join(at, *place), None)
    if isinstance(call.to, str) and "." in call.to:
        yield from _path(call.to, vocabulary, join(at, "to"), _is_person)
    for error in wrong_names(call, vocabulary):
        yield Finding(join(at, error.path), error.message, error.fix)


def _read_by(call: Call) -> Iterator[tuple[Place, str]]:
    """Give the values that texts and formulas read, each with the place in the parameters."""
    for place, text in call.texts.items():
        yield from ((place, path) for path in text.paths)
    for key, formula in call.formulas.items():
        yield from (((key,), path) for path in formula.paths)
    yield from (((key,), path) for key, path in call.values.items())


Fits = Callable[[str, FieldKind | None], str]


def _path(path: str, vocabulary: Vocabulary, at: str, fits: Fits | None) -> Iterator[Finding]:
    try:
        kind = vocabulary.kind(path)
    except DocumentError as error:
        yield Finding(at, error.message, error.fix)
        return
    wrong = fits(path, kind) if fits else ""
    if wrong:
        yield Finding(at, wrong)


def _is_date(vocabulary: Vocabulary, path: str, kind: FieldKind | None) -> str:
    if kind in DATES and vocabulary.multiple(path):
        return f"{path} holds several dates, and it must be one"
    return "" if kind in DATES else f"{path} is of kind {kind}, which is no date"


def _is_person(path: str, kind: FieldKind | None) -> str:
    return "" if kind in PERSONS else f"{path} is of kind {kind}, which names nobody"


def _comparable(comparison: Comparison, vocabulary: Vocabulary, path: str, kind: FieldKind | None) -> str:
    if comparison.of_nothing:
        return f"{path} is compared with null, which no value is; write `empty: true` or `empty: false`"
    if kind is not None and (wrong := _misfit(comparison, path, kind, several=vocabulary.multiple(path))):
        return wrong
    facts = Facts(ANY_ITEM, (), vocabulary.knowledge)
    # What is of no fixed kind is read as what is written looks like.
    read_as = kind or comparison.kind(facts)
    try:
        comparison.check_literal(read_as, facts)
    except Unreadable as error:
        of = f"is of kind {kind}" if kind else "may be of any kind"
        return f"{path} {of}; {error}{'; write a date that exists, like 2026-12-01' if read_as in DATES else ''}"
    return ""


def _miscounted(comparison: Comparison, *, several: bool) -> str:
    whole = comparison.AS_A_WHOLE and comparison.other is None
    if not whole or isinstance(comparison.wanted, list | tuple) is several:
        return ""
    return "several values; write a list of them, or `contains`" if several else "one value; write it, or `in`"


def _misfit(comparison: Comparison, path: str, kind: FieldKind, *, several: bool) -> str:
    """Say why values of a field are not compared so, "" where they are."""
    if several and not comparison.OF_SEVERAL:
        return f"{path} holds several values, which cannot be compared so: {comparison.PHRASE}"
    if wrong := _miscounted(comparison, several=several):
        return f"{path} holds {wrong}"
    if not (several or comparison.KINDS is None or kind in comparison.KINDS):
        return f"{path} is of kind {kind}, which cannot be compared so: {comparison.PHRASE}"
    return ""
