"""Whether a condition can hold: never denied of what does hold, and never claimed of what may fail."""

from typing import Any

import pytest
from automation.analysis.possible import always_holds, can_hold
from automation.analysis.scope import Scope
from automation.conditions import read_condition
from automation.testing import deal, facts, pipeline, shop
from hypothesis import given, settings
from hypothesis import strategies as st

SHOP = shop()
SCOPE = Scope.of(pipeline().record(), SHOP, ("new",), signal_kind="email.received")
NUMBERS = st.integers(0, 3)
COLOURS = st.sampled_from(["red", "blue", "re"])
MONEY = NUMBERS.map("{} EUR".format)
DAYS = st.sampled_from(["2026-03-01", "2026-03-02", "2026-03-02T10:00", "9999-12-31"])
PAIRS: dict[str, Any] = {
    "item.pieces": (NUMBERS, ["equals", "differs", "greater", "smaller", "between", "in", "empty"]),
    "item.amount": (MONEY, ["equals", "differs", "greater", "smaller", "between", "in", "empty"]),
    "item.colour": (COLOURS, ["equals", "differs", "contains", "in", "empty"]),
    "item.payment_due": (DAYS, ["before", "after", "empty"]),
    "item.urgent": (st.booleans(), ["equals", "differs", "empty"]),
    "item.stage": (st.sampled_from(["new", "paid"]), ["equals", "differs", "in"]),
}


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    """Compare one of the deal's values."""
    path = draw(st.sampled_from(sorted(PAIRS)))
    values, names = PAIRS[path]
    name = draw(st.sampled_from(names))
    many = {"between": st.tuples(values, values).map(list), "in": st.lists(values, max_size=3), "empty": st.booleans()}
    return {"field": path, name: draw(many.get(name, values))}


CONDITIONS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)
ITEMS = st.fixed_dictionaries(
    {},
    optional={"pieces": NUMBERS, "amount": MONEY, "colour": COLOURS, "payment_due": DAYS, "urgent": st.booleans()},
)


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, ITEMS)
def test_what_holds_for_an_item_can_hold_and_what_does_not_is_not_certain(
    written: dict[str, Any], fields: dict[str, Any]
) -> None:
    condition = read_condition(written)
    value = condition.weigh(facts(deal(**fields), knowledge=SHOP)).value
    assert can_hold(condition, SCOPE) or value is not True
    assert value is True or not always_holds(condition, SCOPE)


@pytest.mark.parametrize(
    ("written", "can", "always"),
    [
        (None, True, True),
        ({"any": []}, False, False),
        ({"field": "item.stage", "equals": "new"}, True, True),
        ({"field": "item.stage", "equals": "paid"}, False, False),
        ({"field": "signal.kind", "differs": "call.missed"}, True, True),
        ({"any": [{"field": "item.urgent", "empty": True}, {"field": "item.urgent", "empty": False}]}, True, True),
        ({"all": [{"field": "item.colour", "equals": "red"}, {"field": "item.colour", "empty": True}]}, False, False),
        ({"all": [{"field": "contact.name", "contains": "a"}, {"field": "contact.name", "equals": "b"}]}, False, False),
        ({"all": [{"field": "item.pieces", "in": [1, 2]}, {"field": "item.pieces", "in": [2, 3]}]}, True, False),
        ({"field": "item.pieces", "greater": {"field": "item.pieces"}}, True, False),
        ({"field": "item.colour", "changed": True}, True, False),
    ],
)
def test_a_condition_can_or_must_hold(written: dict[str, Any] | None, *, can: bool, always: bool) -> None:
    condition = read_condition(written)
    assert can_hold(condition, SCOPE) is can
    assert always_holds(condition, SCOPE) is always


def test_a_condition_with_too_many_ways_is_taken_as_one_that_can_hold() -> None:
    either = {"any": [{"field": "item.pieces", "equals": n} for n in range(2, 6)]}
    condition = read_condition({"all": [either] * 9 + [{"field": "item.pieces", "equals": 1}]})
    assert can_hold(condition, SCOPE)
