"""Single edits of a pipeline's document."""

from typing import Any

import pytest
from contracts import ids
from crm_api.fields import FieldError
from crm_api.rules.drafts import PipelineUnknown
from crm_api.rules.editing import Target, What, add, change, find, move, remove
from crm_api.rules.pipelines import Named, WrittenPipeline, WrittenRule, WrittenTrigger, lasting_ids

PIPELINE = "deal/retail"
CALL = {"create-task": {"to": "responsible", "title": "Call"}}
DOCUMENT: dict[str, Any] = {
    "stages": [
        {
            "key": "new",
            "triggers": [{"key": "asks", "on": "form.submitted"}],
            "rules": [{"key": key, "do": CALL} for key in ("greet", "call", "remind")],
        },
        {"key": "documents", "rules": [{"key": "call", "do": CALL}]},
        {"key": "paid", "kind": "success"},
    ]
}


def published() -> Named:
    """Give the document as it was published once."""
    document = WrittenPipeline.model_validate(DOCUMENT)
    return Named(document, lasting_ids(document.as_rule_set(PIPELINE, 1, "user:ann")))


def keys(named: Named, what: What = "rules") -> dict[str, list[str]]:
    """Give the keys of rules or triggers by stage, where there are any."""
    return {s.key: [one.key for one in getattr(s, what)] for s in named.document.stages if getattr(s, what)}


def id_now(named: Named, stage: str, key: str) -> Any:
    """Give the lasting id that a rule would be published with."""
    return lasting_ids(named.document.as_rule_set(PIPELINE, 2, "user:ann", named.ids))[stage, key]


def test_a_rule_is_added_at_its_place_in_the_order() -> None:
    rule = WrittenRule.model_validate({"key": "new-one", "do": CALL})
    assert keys(add(published(), "rules", rule, Target("new", "first", 0)))["new"][0] == "first"
    assert keys(add(published(), "rules", rule, Target("paid", "last")))["paid"] == ["last"]


def test_a_key_that_is_taken_and_a_stage_that_is_not_there_are_refused() -> None:
    rule = find(published().document, "rules", ("new", "greet"))
    with pytest.raises(FieldError, match="has a rule 'call' already"):
        add(published(), "rules", rule, Target("documents", "call"))
    with pytest.raises(FieldError, match="use one of: new, documents, paid"):
        add(published(), "rules", rule, Target("limbo", "greet"))


@pytest.mark.parametrize("place", [("new", "ghost"), ("limbo", "call")])
def test_what_is_not_there_cannot_be_removed(place: tuple[str, str]) -> None:
    with pytest.raises(PipelineUnknown):
        remove(published(), "rules", place)


def test_a_rule_that_is_moved_to_another_stage_keeps_its_lasting_id() -> None:
    moved = move(published(), "rules", ("new", "greet"), Target("paid", "thank", 0))
    assert keys(moved) == {"new": ["call", "remind"], "documents": ["call"], "paid": ["thank"]}
    assert id_now(moved, "paid", "thank") == ids.rule_id(PIPELINE, "new", "greet")


def test_a_new_rule_where_another_came_from_gets_an_id_of_its_own() -> None:
    moved = move(published(), "rules", ("new", "greet"), Target("paid", "greet"))
    again = add(moved, "rules", WrittenRule.model_validate({"key": "greet", "do": CALL}), Target("new", "greet"))
    assert id_now(again, "paid", "greet") == ids.rule_id(PIPELINE, "new", "greet")
    assert id_now(again, "new", "greet") not in {id_now(again, "paid", "greet"), *published().ids.values()}
    assert id_now(again, "new", "greet") == id_now(again, "new", "greet")


def test_rules_that_change_places_change_nothing_but_the_order() -> None:
    swapped = move(published(), "rules", ("new", "greet"), Target("new", "greet", 1))
    assert keys(swapped)["new"] == ["call", "greet", "remind"]
    assert swapped.ids == published().ids


def test_a_rule_that_is_called_otherwise_keeps_its_place_and_its_id() -> None:
    before = find(published().document, "rules", ("new", "call"))
    changed = change(published(), "rules", ("new", "call"), before.model_copy(update={"key": "ring", "enabled": False}))
    assert keys(changed)["new"] == ["greet", "ring", "remind"]
    assert id_now(changed, "new", "ring") == ids.rule_id(PIPELINE, "new", "call")
    assert not find(changed.document, "rules", ("new", "ring")).enabled


def test_a_copy_is_a_rule_of_its_own() -> None:
    rule = find(published().document, "rules", ("new", "greet"))
    copied = add(published(), "rules", rule, Target("documents", "greet"))
    assert id_now(copied, "documents", "greet") != id_now(copied, "new", "greet")


def test_triggers_are_moved_changed_and_removed_like_rules() -> None:
    moved = move(published(), "triggers", ("new", "asks"), Target("paid", "asks"))
    assert keys(moved, "triggers") == {"paid": ["asks"]}
    trigger = WrittenTrigger.model_validate({"key": "asks", "on": "visit"})
    assert (
        find(change(moved, "triggers", ("paid", "asks"), trigger).document, "triggers", ("paid", "asks")).on == "visit"
    )
    assert keys(remove(moved, "triggers", ("paid", "asks")), "triggers") == {}
    assert remove(moved, "triggers", ("paid", "asks")).ids == published().ids
