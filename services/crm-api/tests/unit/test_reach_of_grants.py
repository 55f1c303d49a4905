"""What grants reach, beside a slow and obvious look at each: one item, a whole type, and items that are to be made."""

from itertools import product
from typing import Any

import pytest
from contracts.people import Grant
from crm_api.access.rights import ACTIONS, ANY, Forbidden, Rights
from hypothesis import given, settings
from hypothesis import strategies as st

TYPES = ("deal", "lead")
PIPELINES = ("deal/retail", "deal/web", "")
PEOPLE = ("sam", "hana", "olaf", None)
GRANTS = st.builds(
    Grant,
    type=st.sampled_from([ANY, *TYPES]),
    pipeline=st.sampled_from([ANY, *PIPELINES]),
    actions=st.sets(st.sampled_from(ACTIONS), min_size=1).map(lambda actions: tuple(sorted(actions))),
    whose=st.sampled_from(["own", "department", "all"]),
)
RIGHTS = st.builds(
    lambda grants: Rights("user:sam", "sam", grants=tuple(grants), colleagues=frozenset({"sam", "hana"})),
    st.lists(GRANTS, max_size=3),
)
EVERY = tuple(product(ACTIONS, TYPES, PIPELINES, PEOPLE))


def granted(rights: Rights, action: Any, type_: str, pipeline: str, responsible: str | None) -> bool:
    """Say grant by grant whether one of them allows it."""
    for grant in rights.grants:
        whose = {"all": True, "own": responsible == "sam", "department": responsible in {"sam", "hana"}}[grant.whose]
        if action in grant.actions and grant.type in {ANY, type_} and grant.pipeline in {ANY, pipeline} and whose:
            return True
    return False


@settings(max_examples=60, deadline=None)
@given(RIGHTS)
def test_an_item_is_within_reach_if_one_grant_allows_it(rights: Rights) -> None:
    for action, type_, pipeline, responsible in EVERY:
        reach = rights.reach(action)
        assert reach.holds(type_, pipeline, responsible) == granted(rights, action, type_, pipeline, responsible)


@settings(max_examples=60, deadline=None)
@given(RIGHTS)
def test_what_is_covered_is_held_whoever_is_responsible_and_what_is_held_is_touched(rights: Rights) -> None:
    for action, type_, pipeline in product(ACTIONS, TYPES, PIPELINES):
        reach = rights.reach(action)
        held = [reach.holds(type_, pipeline, responsible) for responsible in PEOPLE]
        assert reach.covers(type_, pipeline) == all(held)
        assert reach.touches(type_, pipeline) == any(held)
        assert not reach.everything or all(held)
        assert all(reach.covers(type_, one) for one in PIPELINES) or not reach.covers(type_)


def adding(whose: Any) -> Rights:
    grant = Grant(type="deal", actions=("add",), whose=whose)
    return Rights("user:sam", "sam", grants=(grant,), colleagues=frozenset({"sam", "hana"}))


@pytest.mark.parametrize(
    ("whose", "responsible", "settled"),
    [
        ("own", None, "sam"),
        ("own", "sam", "sam"),
        ("department", None, "sam"),
        ("department", "hana", "hana"),
        ("all", None, None),
        ("all", "olaf", "olaf"),
    ],
)
def test_whoever_may_add_only_their_own_need_not_name_themselves(
    whose: str, responsible: str | None, settled: str | None
) -> None:
    assert adding(whose).settled("deal", "deal/retail", responsible) == settled


@pytest.mark.parametrize(("whose", "responsible"), [("own", "hana"), ("department", "olaf")])
def test_nobody_makes_an_item_for_whom_they_may_not(whose: str, responsible: str) -> None:
    with pytest.raises(Forbidden, match="you may not add deal/retail"):
        adding(whose).settled("deal", "deal/retail", responsible)
    with pytest.raises(Forbidden, match=r"you may not add lead$"):
        adding(whose).settled("lead", "", None)
