"""The queries of lists: what comes from outside is never part of their text, and each way goes by its own order."""

from typing import Any
from uuid import uuid4

import pytest
from crm_api.access.rights import Reach
from crm_api.lists.conditions import Condition, Order, Range
from crm_api.lists.cursors import Place
from crm_api.lists.which import Which
from crm_api.store.list_queries import lookups, query, standing
from crm_api.store.lists import FEW, fewest
from crm_api.store.predicates import Values
from hypothesis import given
from hypothesis import strategies as st

ALL = Reach((("*", "*", "all"),), "ann")
STRANGE = "x'; DROP TABLE item; --"
outside = st.just(STRANGE) | st.text(min_size=1)
ranges = st.builds(Range, low=outside, high=outside, with_low=st.booleans(), with_high=st.booleans())
conditions = st.builds(
    Condition,
    field=outside,
    home=st.just("index"),
    any_of=st.lists(outside, max_size=2).map(tuple),
    ranges=st.lists(ranges, max_size=2).map(tuple),
    containing=st.just("") | outside,
    negated=st.booleans(),
)


@given(
    st.builds(
        Which,
        type=outside,
        reach=st.just(ALL),
        pipeline=outside,
        stages=outside.map(lambda stage: (stage,)),
        conditions=st.lists(conditions, max_size=3).map(tuple),
        search=outside,
        order=st.builds(Order, field=st.just("id") | outside, descending=st.booleans()),
    ),
    st.none() | st.builds(Place, key=st.none() | outside, id=st.uuids()),
)
def test_what_comes_from_outside_is_a_parameter(which: Which, after: Place | None) -> None:
    for few in (None, standing(which), *lookups(which)):
        values = Values()
        sql = query(values, which, few, after, 5)
        assert STRANGE not in sql
        assert "--" not in sql
        assert all(f"${n}" in sql for n in range(1, len(values.all) + 1))


def test_the_same_value_is_one_parameter() -> None:
    values = Values()
    assert [values.text("a"), values.text("b"), values.text("a")] == ["$1::text", "$2::text", "$1::text"]
    assert values.within(ALL) == values.within(ALL)
    assert len(values.all) == 2 + len(ALL.values)


@pytest.mark.parametrize(
    ("order", "few", "told"),
    [
        (Order(), False, "ORDER BY i.pipeline DESC, i.stage DESC, i.id DESC"),
        (Order(descending=False), True, "ORDER BY i.id ASC"),
        (Order("amount", "index"), False, "ORDER BY v.key DESC, v.item DESC"),
        (Order("amount", "index"), True, 'COLLATE "C" DESC NULLS LAST, i.id DESC'),
    ],
)
def test_each_way_goes_by_its_own_order(order: Order, few: bool, told: str) -> None:  # noqa: FBT001  a case's values
    which = Which("deal", ALL, "deal/retail", ("new",), order=order)
    assert told in query(Values(), which, standing(which) if few else None, Place("a", uuid4()), 5)


def test_whoever_reaches_only_their_own_items_is_looked_up_by_them() -> None:
    own = Reach((("deal", "*", "own"),), "sam", frozenset({"sam", "hana"}))
    [way] = lookups(Which("deal", own))
    values = Values()
    assert "v.key = ANY" in way(values)
    assert values.all == ["deal", "responsible", ["hana", "sam"]]
    assert lookups(Which("deal", ALL)) == []


def test_of_several_lookups_the_one_that_leaves_the_fewest_is_taken_if_these_are_few() -> None:
    ways: list[Any] = [lambda _: "a", lambda _: "b"]
    assert fewest(ways, [5, 3]) is ways[1]
    assert fewest(ways, [FEW + 1, FEW]) is ways[1]
    assert fewest(ways, [FEW + 1, FEW + 1]) is None
    assert fewest([], []) is None
