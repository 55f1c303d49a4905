"""What stops a publish: each mistake with its place and a remedy."""

from datetime import timedelta
from typing import Any

import pytest
from automation.checking import Finding, check_rule_set
from automation.testing import TYPES, named, pipeline, record, rule, rules, shop
from contracts.config import ConfigChanged, Pipeline
from contracts.rules import Rule, RuleSet

SMS = {"send-sms": {"text": "hello"}}
DOCUMENT = {"create-document": {"template": "contract"}}


def findings(
    *published: Rule, stage: str = "new", of: ConfigChanged | None = None, **options: Any
) -> tuple[Finding, ...]:
    """Check a rule set of the shop."""
    rule_set, shape = rules(*published, stage=stage).record(), (of or pipeline()).record()
    assert isinstance(rule_set, RuleSet)
    assert isinstance(shape, Pipeline)
    return check_rule_set(rule_set, shape, shop(), **options)


def only(*published: Rule, **parts: Any) -> Finding:
    """Check a rule set with one mistake."""
    (finding,) = findings(*published, **parts)
    return finding


def test_rule_set_of_the_shop_has_no_mistakes() -> None:
    published = (
        rule("greet", {"send-sms": {"to": "contact", "text": "Hello {{ contact.name }}"}}),
        rule(
            "nudge",
            {"send-email": {"to": "contact", "subject": "{{ item.title }}", "text": "{{ item.amount | upcase }}"}},
            timing={"after": "2 days", "working_time": "portal"},
            when={"all": [{"field": "item.amount", "greater": "1000 EUR"}, {"field": "contact.email", "empty": False}]},
        ),
        rule("contract", DOCUMENT),
        rule(
            "mail",
            {"send-email": {"subject": "Your contract", "text": "{{ results.contract.url }}"}},
            timing={"after_previous": "0 minutes"},
        ),
        rule("remind", SMS, timing={"before": "invoice.pay_before", "by": "1 day", "at": "10:00"}, catch_up="skip"),
        rule("prepare", {"create-task": {"to": {"role": "warehouse"}, "title": "Go", "deadline": "1 working day"}}),
        rule("buyers", {"add-to-audience": {"connection": "meta", "audience": "buyers", "remove_when": "failure"}}),
        rule("on", {"move-item": {"stage": "documents"}}, timing={"after": "3 seconds"}),
        rule("set", {"change-item": {"fields": {"title": "{{ item.title }}!", "pieces": 3, "responsible": "ann"}}}),
    )
    own = {"id": str(named("t")), "key": "paid", "on": "invoice.paid", "when": {"field": "signal.amount", "greater": 1}}
    assert findings(*published, of=pipeline(triggers={"paid": [own]})) == ()


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"do": {"send-pigeon": {}}}, "do", "unknown action 'send-pigeon'"),
    ({"do": {"send-sms": {"text": "x", "colour": "red"}}}, "do.send-sms.colour", "unknown key"),
    (
        {"do": {"send-sms": {"text": "{{ item.size }}"}}},
        "do.send-sms.text",
        "item.size: deal has no size",
    ),
    ({"do": {"send-sms": {"text": "{{ item.size | upcase }}"}}}, "do.send-sms.text", "unknown field item.size"),
    ({"do": {"send-sms": {"text": "{{ lawyer.name }}"}}}, "do.send-sms.text", "deal has no link 'lawyer'"),
    ({"do": {"send-sms": {"text": "{{ responsible.age }}"}}}, "do.send-sms.text", "a person has no age"),
    ({"do": {"send-sms": {"text": "{{ const.x }}"}}}, "do.send-sms.text", "there is no constant 'x'"),
    ({"do": {"send-sms": {"text": "{{ results.later.url }}"}}}, "do.send-sms.text", "no earlier rule"),
    ({"do": {"send-sms": {"text": "{{ results.it.url }}"}}}, "do.send-sms.text", "no earlier rule"),
    ({"do": {"send-sms": {"text": "x", "to": "item.boss"}}}, "do.send-sms.to", "unknown field item.boss"),
    ({"do": {"send-sms": {"text": "x", "to": {"user": "bob"}}}}, "do.send-sms.to", "unknown user 'bob'"),
    (
        {"do": {"send-sms": {"text": "x", "connection": "ghost"}}},
        "do.send-sms.connection",
        "unknown connection",
    ),
    ({"do": {"create-document": {"template": "ghost"}}}, "do.create-document.template", "unknown template 'ghost'"),
    ({"do": {"move-item": {"stage": "limbo"}}}, "do.move-item.stage", "unknown stage 'limbo'"),
    ({"do": {"change-item": {"fields": {"size": 1}}}}, "do.change-item.fields", "deal has no field 'size' to set"),
    ({"do": {"change-item": {"fields": {"stage": "x"}}}}, "do.change-item.fields", "deal has no field 'stage' to set"),
    ({"timing": {"whenever": "10:00"}}, "timing", "unknown kind of timing: whenever"),
    ({"timing": {"before": "item.amount"}}, "timing", "item.amount is of kind money, which is no date"),
    ({"timing": {"before": "item.born"}}, "timing", "unknown field item.born"),
    ({"timing": {"after_previous": "1 day"}}, "timing.after_previous", "there is no enabled rule before it"),
    ({"timing": {"anniversary": "item.amount"}}, "timing", "item.amount is of kind money, which is no date"),
    ({"timing": {"anniversary": "contact.born"}}, "timing", "unknown field contact.born"),
    ({"timing": {"wait_for": "the.moon"}}, "timing.wait_for", "unknown kind of signal 'the.moon'"),
    ({"timing": {"after": "0 seconds"}}, "timing.after", "0 minutes is shorter than"),
    ({"when": {"field": "item.size", "equals": 1}}, "when", "unknown field item.size"),
    ({"when": {"field": "item.urgent", "greater": 1}}, "when", "item.urgent is of kind boolean"),
    ({"when": {"field": "item.amount", "contains": "9"}}, "when", "item.amount is of kind money"),
    ({"when": {"field": "item.amount", "equals": "much"}}, "when", "much is not a value of kind money"),
    ({"when": {"field": "item.pieces", "in": [1, "many"]}}, "when", "many is not a value of kind integer"),
    ({"when": {"field": "item.pieces", "equals": {"field": "item.size"}}}, "when", "unknown field item.size"),
    ({"when": {"field": "item.colour", "in": [{"field": "item.title"}]}}, "when.in", "a list holds single values"),
    ({"when": {"field": "item.colour", "in": ["red", ["blue"]]}}, "when.in", "a list holds single values"),
    ({"when": {"field": "item.title", "equals": None}}, "when", "compared with null, which no value is"),
    ({"when": {"field": "item.colour", "in": [None, "red"]}}, "when", "compared with null, which no value is"),
    ({"when": {"field": "item.colour", "contains": ["red", "blue"]}}, "when", "`contains` takes one value"),
    ({"when": {"field": "item.colour", "equals": ["red", "blue"]}}, "when", "item.colour holds one value"),
    (
        {"when": {"field": "signal.day", "before": "2026-02-30"}},
        "when",
        "signal.day may be of any kind; 2026-02-30 is not a value of kind datetime; write a date that exists",
    ),
    ({"when": {"field": "signal.day", "greater": "2026-02-30"}}, "when", "write a date that exists, like 2026-12-01"),
    ({"when": {"field": "signal.day", "between": ["2026-02-01", "2026-02-30"]}}, "when", "2026-02-30 is not a value"),
    ({"when": {"field": "signal.day", "in": ["2026-02-01", "2026-02-30"]}}, "when", "2026-02-30 is not a value"),
    ({"when": {"field": "item.payment_due", "after": "2026-02-30"}}, "when", "write a date that exists"),
    ({"when": {"field": "item.pieces", "bigger": 1}}, "when", "not one known comparison: bigger"),
    ({"catch_up": "sometimes"}, "catch_up", "unknown: 'sometimes'"),
]


@pytest.mark.parametrize(("parts", "path", "words"), MISTAKES)
def test_mistake_is_found_at_its_place(parts: dict[str, Any], path: str, words: str) -> None:
    finding = only(rule("it", **{"do": SMS, **parts}))
    assert finding.path == f"stages.0.rules.0.{path}"
    assert words in finding.message


def test_several_values_are_compared_with_a_list_or_contain_one() -> None:
    tags = {"key": "tags", "kind": "choices", "choices": ["oak", "pine"]}
    known = shop(extra=(record("type", "deal", {**TYPES[0], "fields": [*TYPES[0]["fields"], tags]}),))

    def told(**comparison: Any) -> list[str]:
        published = rules(rule("it", when={"field": "item.tags", **comparison})).record()
        return [one.message for one in check_rule_set(published, pipeline().record(), known)]

    assert told(equals=["oak"]) == told(contains="oak") == told(differs={"field": "item.colour"}) == []
    assert told(equals="oak") == ["item.tags holds several values; write a list of them, or `contains`"]


def test_finding_says_what_would_do() -> None:
    fix = only(rule("it", {"send-sms": {"text": "{{ item.size }}"}})).fix
    assert fix.startswith("use one of: ")
    assert "amount" in fix


def test_results_exist_only_after_the_rule_that_makes_them() -> None:
    mail = rule("mail", {"send-sms": {"text": "{{ results.contract.url }}"}})
    assert findings(rule("contract", DOCUMENT), mail) == ()
    assert "no earlier rule" in only(mail, rule("contract", DOCUMENT)).message
    assert "no earlier rule" in only(rule("contract", DOCUMENT, enabled=False), mail).message
    wrong = only(rule("contract", DOCUMENT), rule("x", {"send-sms": {"text": "{{ results.contract.size }}"}}))
    names = ("content_type", "document", "file", "name", "number", "url", "version")
    assert wrong.fix == "use one of: " + ", ".join(f"results.contract.{name}" for name in names)


def test_every_mistake_is_found_at_once() -> None:
    many = rule("it", {"send-pigeon": {}}, timing={"whenever": "day"}, when={"nonsense": 1}, catch_up="never")
    assert {one.path.rpartition(".")[2] for one in findings(many)} == {"do", "timing", "when", "catch_up"}


def test_an_outcome_of_a_wait_is_asked_only_of_a_rule_that_waits() -> None:
    after = rule("after", SMS, timing={"after_previous": "1 day", "on_previous": "timed_out"})
    assert findings(rule("waits", SMS, timing={"wait_for": "document.opened", "at_most": "3 days"}), after) == ()
    finding = only(rule("greet", SMS), after)
    assert finding.path == "stages.0.rules.1.timing.on_previous"
    assert "the rule before it, greet, waits for no signal" in finding.message


def test_unknown_stage_and_key_used_twice() -> None:
    assert only(rule("a", SMS), stage="limbo").path == "stages.0.stage"
    twice = only(rule("a", SMS), rule("a", SMS))
    assert (twice.path, twice.message) == ("stages.0.rules.1.key", "the key 'a' is used twice in this stage")


def test_shortest_delay_is_a_setting() -> None:
    quick = rule("quick", SMS, timing={"after": "3 seconds"})
    assert findings(quick) == ()
    assert "3 seconds is shorter than 0:01:00" in only(quick, shortest=timedelta(minutes=1)).message


@pytest.mark.parametrize(
    ("parts", "path", "words"),
    [
        ({"on": "moon.full"}, "triggers.paid.0.on", "unknown kind of signal 'moon.full'"),
        ({"when": {"field": "item.size", "equals": 1}}, "triggers.paid.0.when", "unknown field item.size"),
        ({"when": {"maybe": []}}, "triggers.paid.0.when", "unknown condition: maybe"),
    ],
)
def test_triggers_are_checked_too(parts: dict[str, Any], path: str, words: str) -> None:
    own = {"id": str(named("t")), "key": "t", "on": "invoice.paid", **parts}
    finding = only(of=pipeline(triggers={"paid": [own]}))
    assert finding.path == path
    assert words in finding.message


def test_trigger_on_an_unknown_stage() -> None:
    own = {"id": str(named("t")), "key": "t", "on": "invoice.paid"}
    assert only(of=pipeline(triggers={"limbo": [own]})).path == "triggers.limbo"
