"""The one move that triggers make, against a plain reading of how stages lie, in pipelines of any shape."""

from typing import Any

import pytest
from automation.filters import fits
from automation.testing import NOW, PIPELINE, deal, facts, named, pipeline
from automation.triggers import choose, weigh_on
from contracts.commands import FittingTrigger
from contracts.config import Pipeline
from hypothesis import event, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
KINDS = st.sampled_from(["open", "open", "success", "failure"])
SHAPES = st.lists(KINDS, min_size=1, max_size=6).map(
    lambda kinds: [{"key": f"s{place}", "kind": kind} for place, kind in enumerate(kinds)]
)
LARGE = {"field": "item.amount", "greater": "100 EUR"}
DOLLARS = {"field": "item.amount", "greater": "100 USD"}
WHENS = st.sampled_from([None, None, LARGE, {"not": LARGE}, DOLLARS])
VERDICT = {"None": True, str(LARGE): False, str({"not": LARGE}): True, str(DOLLARS): None}


@st.composite
def triggers(draw: st.DrawFn, stages: list[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for number in range(draw(st.integers(0, 6))):
        stage = draw(st.sampled_from(stages))["key"]
        parts = {"allow_backward": draw(st.booleans()), "enabled": draw(st.sampled_from([True, True, False]))}
        one = {"id": str(named(f"{number}")), "key": f"t{number}", "on": "visit", "when": draw(WHENS), **parts}
        found.setdefault(stage, []).append(one)
    return found


def later(stages: list[Json], one: str, other: str) -> bool:
    """Say whether a stage lies later than another: an open one after open ones, a final one after all open ones."""
    keys, kinds = [stage["key"] for stage in stages], {stage["key"]: stage["kind"] for stage in stages}
    if other not in keys:
        return True
    if kinds[one] != "open":
        return bool(kinds[other] == "open")
    return bool(kinds[other] == "open") and keys.index(one) > keys.index(other)


@settings(max_examples=100, deadline=None)
@given(st.data(), SHAPES)
def test_the_earliest_stage_that_is_allowed_is_chosen_and_each_other_trigger_has_its_reason(
    data: st.DataObject, stages: list[Json]
) -> None:
    own = data.draw(triggers(stages))
    here = data.draw(st.sampled_from([*(stage["key"] for stage in stages), "removed"]))
    shape = pipeline(stages=stages, triggers=own).record()
    assert isinstance(shape, Pipeline)
    listed = [(stage, one) for stage, several in own.items() for one in several]
    offered = data.draw(st.permutations(listed))
    item = deal(stage=here, amount="50 EUR")
    found = choose(
        item,
        shape,
        [FittingTrigger(id=named(one["key"][1:]), pipeline=PIPELINE, stage=stage) for stage, one in offered],
        weigh_on(facts(item, now=NOW)),
    )
    expected: dict[Any, str] = {}
    allowed: list[tuple[str, Json]] = []
    for stage, one in offered:
        held = VERDICT[str(one["when"])]
        if not one["enabled"]:
            continue
        if stage == here:
            expected[named(one["key"][1:])] = "same_stage"
        elif not one["allow_backward"] and not later(stages, stage, here):
            both_final = not later(stages, here, stage)
            expected[named(one["key"][1:])] = "final_stage" if both_final else "earlier_stage"
        elif not held:
            expected[named(one["key"][1:])] = "condition_unknown" if held is None else "condition_false"
        else:
            allowed.append((stage, one))
            expected[named(one["key"][1:])] = "not_chosen"
    if found.chosen is None:
        assert not allowed
    else:
        # Nothing allowed lies before it; of final ones, which have equal rank, the one that is listed first.
        assert not any(later(stages, found.chosen.stage, stage) for stage, _ in allowed)
        final = {stage["key"] for stage in stages if stage["kind"] != "open"}
        places = [stage["key"] for stage in stages]
        assert found.chosen.stage not in final or found.chosen.stage == min(
            (stage for stage, _ in allowed), key=places.index
        )
        assert found.chosen.id == next(named(one["key"][1:]) for stage, one in allowed if stage == found.chosen.stage)
        assert expected.pop(found.chosen.id) == "not_chosen"
    event("moves" if found.chosen else "stays")
    assert {one.id: why for one, why in found.not_chosen} == expected
    assert len(found.not_chosen) == len(expected)


@pytest.mark.parametrize("offered", [["s1", "s2", "s3"], ["s3", "s2", "s1"], ["s2", "s3", "s1"]])
def test_of_final_stages_the_first_in_the_pipeline_is_chosen_in_whatever_order_triggers_come(
    offered: list[str],
) -> None:
    stages = [
        {"key": f"s{place}", "kind": kind} for place, kind in enumerate(["open", "failure", "success", "failure"])
    ]
    own = {stage: [{"id": str(named(stage)), "key": stage, "on": "visit"}] for stage in offered}
    shape, item = pipeline(stages=stages, triggers=own).record(), deal(stage="s0")
    assert isinstance(shape, Pipeline)
    fitting = [FittingTrigger(id=named(stage), pipeline=PIPELINE, stage=stage) for stage in offered]
    chosen = choose(item, shape, fitting, lambda _: True).chosen
    assert chosen is not None
    assert chosen.stage == "s1"


VALUES: st.SearchStrategy[Any] = st.sampled_from(["a", "b", "7", 7, True, "True", None])
SEVERAL = VALUES | st.lists(VALUES, max_size=3)
PAYLOADS = st.dictionaries(st.sampled_from("xyz"), SEVERAL, max_size=3)


@settings(max_examples=60, deadline=None)
@given(PAYLOADS, PAYLOADS)
def test_a_filter_fits_where_each_key_shares_a_value_with_the_payload(wanted: Json, payload: Json) -> None:
    def said(doc: Json, key: str) -> list[str]:
        value = doc.get(key)
        return [str(one) for one in (value if isinstance(value, list) else [value])]

    each = [any(one in said(payload, key) for one in said(wanted, key)) for key in wanted]
    assert fits(wanted, payload) is all(each)
    # One key more never lets more through, and one value more in a list never less.
    for key in wanted:
        assert fits({name: value for name, value in wanted.items() if name != key}, payload) or not all(each)
        wider = {**wanted, key: [*said(wanted, key), "z"]}
        assert fits(wider, payload) or not all(each)
    assert fits({}, payload)
