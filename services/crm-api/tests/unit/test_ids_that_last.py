"""The lasting ids of rules: one rule has one, whatever is done to its document, and what differs is told by them."""

from typing import Any

import pytest
from contracts import ids
from crm_api.rules.differences import differences
from crm_api.rules.drafting import by_place
from crm_api.rules.editing import Element, Target, add, change, find, move, remove
from crm_api.rules.pipelines import NO_IDS, Named, WrittenPipeline, WrittenRule, lasting_ids
from hypothesis import given, settings
from hypothesis import strategies as st

PIPELINE = "deal/retail"
CALL = {"create-task": {"to": "responsible", "title": "Call"}}
STAGES, KEYS = ("new", "paid"), ("greet", "call", "thank")
PLACES = st.tuples(st.sampled_from(STAGES), st.sampled_from(KEYS))


def document(*places: tuple[str, str]) -> WrittenPipeline:
    """Give a pipeline with rules at these places."""
    rules = {stage: [{"key": key, "do": CALL} for at, key in dict.fromkeys(places) if at == stage] for stage in STAGES}
    return WrittenPipeline.model_validate({"stages": [{"key": stage, "rules": rules[stage]} for stage in STAGES]})


def published(*places: tuple[str, str]) -> Named:
    written = document(*places)
    return Named(written, lasting_ids(written.as_rule_set(PIPELINE, 1, "user:ann")))


def ids_now(named: Named) -> dict[tuple[str, str], Any]:
    """Give the lasting ids with which a draft would be published."""
    return lasting_ids(named.document.as_rule_set(PIPELINE, 2, "user:ann", named.ids))


def put(draft: Named, held: Named, *places: tuple[str, str]) -> Named:
    """Put a whole document in the place of a draft."""
    written = document(*places)
    return Named(written, by_place(written, held.ids, draft.ids))


GREET = published(("new", "greet"))
MOVED = move(GREET, "rules", ("new", "greet"), Target("paid", "thank"))


def test_a_new_rule_where_a_moved_one_was_published_is_another_also_when_the_whole_draft_is_put() -> None:
    found = ids_now(put(MOVED, GREET, ("new", "greet"), ("paid", "thank")))
    assert found["paid", "thank"] == ids.rule_id(PIPELINE, "new", "greet")
    assert found["new", "greet"] != found["paid", "thank"]


def test_a_rule_that_is_put_back_where_it_was_published_is_the_same_again() -> None:
    found = ids_now(put(MOVED, GREET, ("new", "greet")))
    assert found == {("new", "greet"): ids.rule_id(PIPELINE, "new", "greet")}


def test_a_rule_that_one_document_leaves_out_and_the_next_one_has_is_the_same() -> None:
    once = put(GREET, GREET, ("paid", "call"))
    assert ids_now(put(once, GREET, ("new", "greet"), ("paid", "call"))) == {
        ("new", "greet"): ids.rule_id(PIPELINE, "new", "greet"),
        ("paid", "call"): ids.rule_id(PIPELINE, "paid", "call"),
    }


def test_what_was_never_published_is_called_after_its_place() -> None:
    nothing = Named(document(), NO_IDS)
    assert ids_now(put(nothing, nothing, ("new", "call"))) == {("new", "call"): ids.rule_id(PIPELINE, "new", "call")}


def moved_to(place: tuple[str, str], to: tuple[str, str]) -> Any:
    return lambda named, _: move(named, "rules", place, Target(*to, position=0))


def added(place: tuple[str, str]) -> Any:
    rule = WrittenRule.model_validate({"key": place[1], "do": CALL})
    return lambda named, _: add(named, "rules", rule, Target(*place))


def removed(place: tuple[str, str]) -> Any:
    return lambda named, _: remove(named, "rules", place)


def renamed(place: tuple[str, str], key: str) -> Any:
    def edit(named: Named, _: Named) -> Named:
        element: Element = find(named.document, "rules", place)
        return change(named, "rules", place, element.model_copy(update={"key": key}))

    return edit


def replaced(places: list[tuple[str, str]]) -> Any:
    return lambda named, held: put(named, held, *places)


EDITS = st.one_of(
    st.builds(moved_to, PLACES, PLACES),
    st.builds(added, PLACES),
    st.builds(removed, PLACES),
    st.builds(renamed, PLACES, st.sampled_from(KEYS)),
    st.builds(replaced, st.lists(PLACES, max_size=4)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PLACES, max_size=4), st.lists(EDITS, max_size=8))
def test_no_edits_in_any_order_give_two_rules_one_id(places: list[tuple[str, str]], edits: list[Any]) -> None:
    held = published(*places)
    draft = held
    for edit in edits:
        try:
            draft = edit(draft, held)
        except (LookupError, ValueError):
            continue  # a key that is taken, a rule that is not there
        found = ids_now(draft)
        assert len(set(found.values())) == len(found)
        # Every rule is told of: what is new, what is gone, what is moved.
        named = Named(draft.document, found)
        assert len(named.rules()) == sum(len(stage.rules) for stage in draft.document.stages)
        kinds = [one.kind for one in differences(held, named) if one.what == "rule"]
        assert kinds.count("added") - kinds.count("removed") == len(named.rules()) - len(held.rules())


def words(old: Named, new: Named) -> list[str]:
    return [one.words for one in differences(old, new)]


def test_a_rule_that_is_called_otherwise_is_told_as_the_same_rule() -> None:
    old = published(("new", "greet"), ("new", "call"))
    new = renamed(("new", "greet"), "thank")(old, old)
    [one] = differences(old, new)
    assert (one.words, one.kind, one.rule) == (
        "rule new/thank: moved from new/greet",
        "changed",
        old.ids["new", "greet"],
    )


def test_a_rule_that_is_moved_and_changed_is_told_once() -> None:
    element = find(MOVED.document, "rules", ("paid", "thank")).model_copy(update={"enabled": False})
    both = change(MOVED, "rules", ("paid", "thank"), element)
    assert words(GREET, both) == ["rule paid/thank: moved from new/greet; enabled: yes → no"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, {"quiet": "1 minute", "at_most": "1 hour"}, "settle window: none → quiet 1 minute, at most 1 hour"),
        ({"quiet": "1 minute", "at_most": "1 hour"}, None, "settle window: quiet 1 minute, at most 1 hour → none"),
    ],
)
def test_how_long_a_trigger_waits_is_told_in_words(before: Any, after: Any, said: str) -> None:
    one, other = (
        WrittenPipeline.model_validate(
            {"stages": [{"key": "new", "triggers": [{"key": "asks", "on": "visit", "settle": settle}]}]}
        )
        for settle in (before, after)
    )
    assert words(Named(one, NO_IDS), Named(other, NO_IDS)) == [f"trigger new/asks: {said}"]


def test_a_trigger_in_another_stage_is_another_trigger() -> None:
    asks = {"key": "asks", "on": "visit"}
    one, other = (
        WrittenPipeline.model_validate(
            {"stages": [{"key": key, "triggers": [asks] if key == there else []} for key in STAGES]}
        )
        for there in STAGES
    )
    assert words(Named(one, NO_IDS), Named(other, NO_IDS)) == [
        "trigger new/asks is removed",
        "trigger paid/asks is new",
    ]
