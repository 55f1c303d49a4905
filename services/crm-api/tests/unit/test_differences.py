"""What a publish changes, in words."""

from typing import Any

from crm_api.rules.differences import differences
from crm_api.rules.editing import Target, move
from crm_api.rules.pipelines import NOTHING, Named, WrittenPipeline, lasting_ids

CALL = {"create-task": {"to": "responsible", "title": "Call"}}


def named(*stages: dict[str, Any], **parts: Any) -> Named:
    document = WrittenPipeline.model_validate({"stages": stages, **parts})
    return Named(document, lasting_ids(document.as_rule_set("deal/retail", 1, "user:ann")))


def rule(key: str, **parts: Any) -> dict[str, Any]:
    return {"key": key, "do": CALL, **parts}


def words(old: Named, new: Named) -> list[str]:
    return [one.words for one in differences(old, new)]


def test_what_is_equal_differs_in_nothing() -> None:
    one = named({"key": "new", "rules": [rule("call")], "triggers": [{"key": "t", "on": "visit"}]})
    assert words(one, one) == []


def test_before_the_first_publish_everything_is_new() -> None:
    new = named({"key": "new", "rules": [rule("call")], "triggers": [{"key": "t", "on": "visit"}]}, owner="ann")
    assert words(NOTHING, new) == [
        "owner: nothing → ann",
        "stage new is new",
        "rule new/call is new (at entry: create-task: to responsible, title Call)",
        "trigger new/t is new",
    ]


def test_each_part_of_a_rule_is_told_from_what_to_what() -> None:
    old = named({"key": "new", "rules": [rule("call", timing={"after": "2 days"})]})
    large = {"field": "item.amount", "greater": "1000 EUR"}
    new = named({"key": "new", "rules": [rule("call", timing={"after": "3 days"}, when=large, keep_on_leave=True)]})
    assert words(old, new) == [
        (
            "rule new/call: timing: 2 days after entry → 3 days after entry;"
            " condition: always → item.amount is greater than 1000 EUR; keep_on_leave: no → yes"
        )
    ]
    other = named({"key": "new", "rules": [{"key": "call", "do": {"delete-item": {}}}]})
    assert "action: create-task: to responsible, title Call → delete-item" in words(old, other)[0]


def test_rules_that_change_places_are_told_and_those_behind_a_new_one_are_not() -> None:
    old = named({"key": "new", "rules": [rule("a"), rule("b"), rule("c")]})
    swapped = named({"key": "new", "rules": [rule("b"), rule("a"), rule("c")]})
    assert words(old, swapped) == ["rule new/b: order 2 → 1", "rule new/a: order 1 → 2"]
    before = named({"key": "new", "rules": [rule("first"), rule("a"), rule("b"), rule("c")]})
    assert [one.kind for one in differences(old, before)] == ["added"]


def test_a_rule_that_is_moved_is_the_same_rule_elsewhere() -> None:
    old = named({"key": "new", "rules": [rule("call")]}, {"key": "paid"})
    new = move(old, "rules", ("new", "call"), Target("paid", "thank"))
    [difference] = differences(old, new)
    assert (difference.kind, difference.stage, difference.key) == ("changed", "paid", "thank")
    assert difference.words == "rule paid/thank: moved from new/call"
    assert difference.rule == old.ids["new", "call"]


def test_stages_and_triggers_that_come_go_and_change() -> None:
    old = named({"key": "new", "triggers": [{"key": "t", "on": "visit"}]}, {"key": "gone"}, {"key": "won"})
    new = named(
        {"key": "won", "kind": "success"},
        {"key": "new", "name": {"en": "New"}, "triggers": [{"key": "t", "on": "link.clicked"}]},
    )
    assert words(old, new) == [
        "stage gone is removed",
        "stage won: kind: open → success",
        "stage new: name: nothing → en New",
        "stage won: order 2 → 1",
        "stage new: order 1 → 2",
        "trigger new/t: on: visit → link.clicked",
    ]


def test_a_draft_with_a_key_twice_can_be_looked_at_too() -> None:
    old = named({"key": "new", "rules": [rule("a"), rule("b")]})
    twice = named({"key": "new", "rules": [rule("b"), rule("a"), rule("a")]}, {"key": "new"})
    assert "rule new/a: order 1 → 2" in words(old, twice)
