"""pick-from-list against plain Python, and on the values that people really have in their lists."""

from typing import Any
from uuid import UUID

import pytest
from automation.actions import CannotCompute
from automation.actions.pick_from_list import PickFromList, compute
from automation.testing import NOW, deal, facts, named, record, shop
from hypothesis import assume, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
DOLLAR = record("rate", "usd", {"id": "usd", "currency": "USD", "to": "EUR", "on": "2026-01-01", "rate": "0.5"})
KNOWN = facts(deal(), knowledge=shop(extra=(DOLLAR,)), now=NOW)


def pick(given: list[Any], execution: UUID | None = None, **way: Any) -> Json:
    """Pick from a list that a rule before gave; what is written is read as a rule's parameters are."""
    params = PickFromList.model_validate({"items": "results.r.items", **way}).model_dump()
    return compute({**params, "items": given}, KNOWN, execution or named("execution"))


NUMBERS = st.lists(st.integers(-5, 5) | st.sampled_from(["0", "-1.5", "3", 0.0, 2.5]), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(NUMBERS)
def test_the_smallest_and_the_largest_are_pythons_and_of_equal_ones_the_first(values: list[Any]) -> None:
    for way, choose in (("smallest", min), ("largest", max)):
        best = choose(values, key=float)
        found = pick(values, pick=way)
        assert (found["value"], type(found["value"])) == (best, type(best))
        records = [{"n": value, "place": place} for place, value in enumerate(values)]
        of_records = pick(records, pick=way, compare="n", field="place")
        assert of_records["value"] == [float(one) for one in values].index(float(best))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(), max_size=5), st.integers(-7, 7))
def test_the_nth_counts_from_one_and_from_the_end_where_it_is_negative(values: list[int], nth: int) -> None:
    assume(nth != 0)
    there = 1 <= abs(nth) <= len(values)
    found = pick(values, pick="nth", nth=nth)
    expected = {"value": values[nth - 1 if nth > 0 else nth]} if there else {}
    assert found == {**expected, "count": len(values)}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(), min_size=1, max_size=6, unique=True))
def test_first_and_last_are_the_ends(values: list[int]) -> None:
    assert pick(values)["value"] == values[0] == pick(values, pick="nth", nth=1)["value"]
    assert pick(values, pick="last")["value"] == values[-1] == pick(values, pick="nth", nth=-1)["value"]


def test_chance_gives_each_its_turn_and_each_execution_its_own() -> None:
    values = ["a", "b", "c"]
    found = [pick(values, named(str(number)), pick="random")["value"] for number in range(60)]
    assert set(found) == set(values)
    assert found == [pick(values, named(str(number)), pick="random")["value"] for number in range(60)]
    assert pick(["only"], pick="random") == {"value": "only", "count": 1}


def test_nothing_at_all_and_no_are_values_too() -> None:
    assert pick([3, 0, 5], pick="smallest") == {"value": 0, "count": 3}
    assert pick([-3, 0, -5], pick="largest") == {"value": 0, "count": 3}
    assert pick([True, False], pick="smallest") == {"value": False, "count": 2}
    assert pick([{"n": 4}, {"n": 0}], pick="smallest", compare="n") == {
        "value": {"n": 0},
        "item": {"n": 0},
        "count": 2,
    }


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_records_without_the_value_are_left_out_and_counted(nothing: Any) -> None:
    records = [{"n": nothing, "of": "a"}, {"of": "b"}, {"n": 7, "of": "c"}]
    for way in ("smallest", "largest"):
        assert pick(records, pick=way, compare="n", field="of") == {"value": "c", "item": records[2], "count": 3}
    assert pick(records[:2], pick="smallest", compare="n") == {"count": 2}
    # The one that was picked may lack the field that is asked for.
    assert pick(records, field="n")["item"] == records[0]
    assert pick(records[1:], field="n") == {"item": records[1], "count": 2}


@pytest.mark.parametrize(
    ("values", "smallest", "largest"),
    [
        (["10 USD", "6 EUR", "4.99 EUR"], "4.99 EUR", "6 EUR"),
        (["10 USD", "5.00 EUR"], "10 USD", "10 USD"),
        (["2026-05-01", "2026-05-01T00:30", "2026-04-30T23:59+01:00"], "2026-04-30T23:59+01:00", "2026-05-01T00:30"),
        (["oak", "Elm", "ash"], "Elm", "oak"),
        (["oak", "nan", "Infinity"], "Infinity", "oak"),
        (["2026-02-30", "oak"], "2026-02-30", "oak"),
        (["1e3", 999, "1000.5"], 999, "1000.5"),
    ],
)
def test_each_kind_has_its_own_order(values: list[Any], smallest: Any, largest: Any) -> None:
    assert pick(values, pick="smallest")["value"] == smallest
    assert pick(values, pick="largest")["value"] == largest


@pytest.mark.parametrize(
    "values",
    [
        [1, "nan"],
        ["NaN", 1, 2],
        [float("nan"), 1],
        [1, "sNaN"],
        [5, "5 EUR"],
        [True, 1],
        ["2026-05-01", "soon"],
        ["2026-02-30", "2026-05-01"],
        [[1], 1],
    ],
)
def test_values_of_several_kinds_have_no_order_and_it_says_so(values: list[Any]) -> None:
    for way in ("smallest", "largest"):
        with pytest.raises(CannotCompute, match="of different kinds"):
            pick(values, pick=way)


@pytest.mark.parametrize("given", ["oak", 7, {"a": 1}, True])
def test_what_is_no_list_is_told_as_it_is(given: Any) -> None:
    with pytest.raises(CannotCompute, match="is no list"):
        pick(given)
