"""What looks wrong in a rule set though it can run."""

from typing import Any

import pytest
from automation.analysis import WARNINGS, analyse
from automation.checking import Finding
from automation.testing import PIPELINE, named, pipeline, record, rule, shop
from contracts.config import Pipeline
from contracts.rules import Rule, RuleSet

CHANGE: dict[str, dict[str, Any]] = {"change-item": {"fields": {"colour": "red"}}}
SMS: dict[str, dict[str, Any]] = {"send-sms": {"to": "contact", "text": "Hello"}}


def to(stage: str) -> dict[str, dict[str, Any]]:
    return {"move-item": {"stage": stage}}


def found(stages: dict[str, list[Rule]], **parts: Any) -> list[tuple[str, str]]:
    """Give the warnings about rules on these stages, each as its place and its words; there are no errors."""
    of: Pipeline = pipeline(**parts).record()
    told = [{"stage": s.key, "rules": [one.model_dump() for one in stages.get(s.key, [])]} for s in of.stages]
    data = {"pipeline": of.id, "number": 1, "stages": told, "published_by": "ann"}
    rule_set: RuleSet = record("rule-set", "deal/retail/1", data).record()
    findings = analyse(rule_set, of, shop())
    assert {one.severity for one in findings} <= {"warning"}, findings
    assert all(one.fix for one in findings)
    return [(one.path, one.message) for one in findings]


def test_rules_that_do_what_is_meant_have_no_warning() -> None:
    rules = [
        rule("greet", SMS),
        rule("paint", CHANGE),
        rule("later", CHANGE, timing={"after": "1 day"}),
        rule("on", to("documents"), timing={"after": "2 days"}),
    ]
    back = [rule("back", to("new"), when={"field": "item.urgent", "equals": True})]
    assert found({"new": rules, "documents": back}) == []


def test_a_circle_of_moves_without_pause_or_condition_is_told_at_each_of_its_rules() -> None:
    stages = {"new": [rule("on", to("documents"))], "documents": [rule("back", to("new"))]}
    assert found(stages) == [
        ("stages.0.rules.0.do.move-item.stage", "items go round without a pause: new → documents → new"),
        ("stages.1.rules.0.do.move-item.stage", "items go round without a pause: documents → new → documents"),
    ]


def test_a_chain_of_moves_that_ends_is_no_circle() -> None:
    assert found({"new": [rule("on", to("documents"))], "documents": [rule("end", to("paid"))]}) == []


@pytest.mark.parametrize(
    "way_out",
    [
        {"timing": {"after": "1 day"}},
        {"timing": {"working_time": "portal"}},
        {"when": {"field": "item.urgent", "equals": True}},
        {"enabled": False},
    ],
    ids=["a delay", "office hours", "a condition", "switched off"],
)
def test_a_circle_with_a_way_out_is_no_loop(way_out: dict[str, Any]) -> None:
    stages = {"new": [rule("on", to("documents"))], "documents": [rule("back", to("new"), **way_out)]}
    assert found(stages) == []


def test_two_rules_that_set_one_field_at_the_same_moment() -> None:
    [(path, words)] = found({"new": [rule("red", CHANGE), rule("again", CHANGE)]})
    assert path == "stages.0.rules.1.do.change-item.fields.colour"
    assert words == "rule red sets colour at the same moment"


def test_rules_that_exclude_each_other_may_set_the_same_field() -> None:
    large = {"field": "item.pieces", "greater": 10}
    assert found({"new": [rule("a", CHANGE, when=large), rule("b", CHANGE, when={"not": large})]}) == []
    assert len(found({"new": [rule("a", CHANGE, when=large), rule("b", CHANGE)]})) == 1


def trigger(**parts: Any) -> dict[str, Any]:
    return {"id": str(named("t")), "key": "t", "on": "invoice.paid", **parts}


def test_a_trigger_on_the_first_stage_never_moves_anything_unless_it_may_move_back() -> None:
    assert found({}, triggers={"new": [trigger()]}) == [
        ("triggers.new.0", "no stage comes before new, so no item can be moved to it")
    ]
    assert found({}, triggers={"new": [trigger(allow_backward=True)], "documents": [trigger()]}) == []
    assert found({}, triggers={"new": [trigger(enabled=False)]}) == []


def test_a_filter_that_nothing_fits() -> None:
    [(path, words)] = found({}, triggers={"paid": [trigger(filter={"currency": [], "shop": ["a"]})]})
    assert (path, words) == ("triggers.paid.0.filter.currency", "no value fits an empty list")


def test_a_text_that_needs_what_only_triggers_see() -> None:
    greet = rule("greet", {"send-sms": {"text": "You wrote: {{ signal.text }}"}})
    assert found({"new": [greet]}) == [("stages.0.rules.0.do.send-sms.text", "signal.text has no value in a rule")]
    assert found({"new": [rule("greet", {"send-sms": {"text": "{{ signal.text | default: 'hi' }}"}})]}) == []


def test_a_result_that_is_made_later_than_it_is_read() -> None:
    contract = rule("contract", {"create-document": {"template": "contract"}}, timing={"after": "1 day"})
    text = {"send-sms": {"text": "{{ results.contract.url }}"}}
    [(path, words)] = found({"new": [contract, rule("mail", text)]})
    assert path == "stages.0.rules.1.do.send-sms.text"
    assert "rule contract runs later than this one" in words
    assert found({"new": [contract, rule("mail", text, timing={"after_previous": "0 minutes"})]}) == []


def test_a_rule_behind_one_that_takes_the_item_away() -> None:
    after = {"after_previous": "1 hour"}
    [(path, words)] = found({"new": [rule("on", to("documents")), rule("tell", SMS, timing=after)]})
    assert path == "stages.0.rules.1.timing.after_previous"
    assert words == "rule on takes the item away, which cancels this one"
    stays = rule("tell", SMS, timing=after, keep_on_leave=True)
    failed = rule("tell", SMS, timing={**after, "on_previous": "failed"})
    assert found({"new": [rule("on", to("documents")), stays]}) == []
    assert found({"new": [rule("on", to("documents")), failed]}) == []


def test_a_circle_through_another_pipeline_names_its_stages() -> None:
    back = record(
        "rule-set",
        "deal/other/1",
        {
            "pipeline": "deal/other",
            "number": 1,
            "published_by": "ann",
            "stages": [{"stage": "start", "rules": [rule("back", {"move-item": {"pipeline": PIPELINE}}).model_dump()]}],
        },
    )
    other = {"id": "deal/other", "type": "deal", "stages": [{"key": "start"}], "rule_set": 1}
    of: Pipeline = pipeline().record()
    over = rule("over", {"move-item": {"pipeline": "deal/other", "stage": "start"}}).model_dump()
    data = {"pipeline": of.id, "number": 2, "stages": [{"stage": "new", "rules": [over]}], "published_by": "ann"}
    around = shop(extra=(record("pipeline", "deal/other", other), back))
    [finding] = analyse(record("rule-set", "deal/retail/2", data).record(), of, around)
    assert finding.message == "items go round without a pause: new → deal/other: start → new"


def test_a_rule_that_copies_its_own_copies_makes_items_without_end() -> None:
    [(path, words)] = found({"new": [rule("again", {"copy-item": {"pipeline": PIPELINE, "stage": "new"}})]})
    assert (path, words) == ("stages.0.rules.0.do.copy-item.stage", "items are made without end: new → new")


def test_what_runs_only_where_another_failed_is_told_why_it_has_no_result() -> None:
    contract = rule("contract", {"create-document": {"template": "contract"}})
    text = {"send-sms": {"text": "{{ results.contract.url }}"}}
    failed = rule("sorry", text, timing={"after_previous": "1 day", "on_previous": "failed"})
    [(_, words)] = found({"new": [contract, failed]})
    assert words == "results.contract.url has no value: this rule runs only where rule contract was not done"
    [(_, words)] = found({"new": [contract, rule("mail", text)]})
    assert words == "results.contract.url is not there yet: rule contract has only begun when this one runs"


def test_errors_come_first_and_what_cannot_be_read_is_not_warned_about() -> None:
    of: Pipeline = pipeline().record()
    rules = [
        rule("odd", {"send-pigeon": {}}).model_dump(),
        rule("a", CHANGE).model_dump(),
        rule("b", CHANGE).model_dump(),
    ]
    data = {"pipeline": of.id, "number": 1, "stages": [{"stage": "new", "rules": rules}], "published_by": "ann"}
    findings = analyse(record("rule-set", "deal/retail/1", data).record(), of, shop())
    assert [one.severity for one in findings] == ["error", "warning"]
    assert findings[0] == Finding("stages.0.rules.0.do", "unknown action 'send-pigeon'", findings[0].fix)


def test_each_finding_has_a_name_that_says_what_it_finds() -> None:
    assert all(" " in name for name in WARNINGS)
