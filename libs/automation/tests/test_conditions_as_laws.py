"""Laws of conditions: three values, several values, several currencies; and compiled ones against weighed ones."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from automation.conditions import read_condition
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.paths import reader
from automation.testing import NOW, TYPES, contact, deal, facts, record, shop
from contracts.config import ConfigChanged, Rate
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
Truth = bool | None
SEVERAL: list[Json] = [
    {"key": "sizes", "kind": "integer", "multiple": True},
    {"key": "tags", "kind": "choices", "choices": ["oak", "pine", "sale"]},
    {"key": "payments", "kind": "money", "multiple": True},
    {"key": "limit", "kind": "money"},
]
DOLLARS = Rate(currency="USD", to="EUR", on=date(2026, 3, 1), rate=Decimal("0.5"))
YEN = Rate(currency="EUR", to="JPY", on=date(2026, 3, 1), rate=Decimal(100))
TYPE = record("type", "deal", {**TYPES[0], "fields": [*TYPES[0]["fields"], *SEVERAL]})


def stored(rate: Rate) -> ConfigChanged:
    return record("rate", f"{rate.currency}/{rate.on}", rate.model_dump(mode="json"))


KNOWN: Knowledge = shop(extra=(TYPE, stored(DOLLARS), stored(YEN)))


def known(**fields: Any) -> Facts:
    return facts(deal(to=(contact(),), **fields), contact(), knowledge=KNOWN, now=NOW)


def weigh(doc: Json, **fields: Any) -> Truth:
    return read_condition(doc).weigh(known(**fields)).value


# Pounds have no rate: what compares with them is unknown. Nothing can be compared with what cannot be read.
AMOUNTS = st.sampled_from(
    ["5 EUR", "5.00 EUR", "10 USD", "500 JPY", "5 GBP", "6 GBP", "7 EUR", "-1 USD", "0 EUR", 5, 7.5, "broken"]
)
WRITTEN = AMOUNTS.filter(lambda one: one != "broken")


# --- in, contains and between are what they say, in whatever order it is written ---


@settings(max_examples=50)
@given(AMOUNTS, st.lists(WRITTEN, min_size=1, max_size=4))
@example("5 EUR", ["1 GBP", "5 EUR"])
@example("5 EUR", ["7 EUR", "5 GBP"])
def test_in_is_equal_to_any_one_of_them(value: Any, listed: list[Any]) -> None:
    either = weigh({"any": [{"field": "item.amount", "equals": one} for one in listed]}, amount=value)
    assert weigh({"field": "item.amount", "in": listed}, amount=value) is either
    assert weigh({"field": "item.amount", "in": listed[::-1]}, amount=value) is either


@settings(max_examples=50)
@given(st.lists(AMOUNTS, min_size=1, max_size=4), WRITTEN)
@example(["1 GBP", "5 EUR"], "5 EUR")
def test_several_values_contain_what_one_of_them_is(values: list[Any], wanted: Any) -> None:
    each = [weigh({"field": "item.amount", "equals": wanted}, amount=one) for one in values]
    either = True if True in each else None if None in each else False
    assert weigh({"field": "item.payments", "contains": wanted}, payments=values) is either
    assert weigh({"field": "item.payments", "in": [wanted]}, payments=values) is either


@settings(max_examples=50)
@given(AMOUNTS, WRITTEN, WRITTEN)
@example("5 EUR", "7 EUR", "9 GBP")
@example("5 EUR", "1 GBP", "0 EUR")
@example("5 EUR", "5 EUR", "5 EUR")
def test_between_is_neither_smaller_than_one_nor_greater_than_the_other(value: Any, low: Any, high: Any) -> None:
    apart = {"any": [{"field": "item.amount", "smaller": low}, {"field": "item.amount", "greater": high}]}
    between = {"field": "item.amount", "between": [low, high]}
    assert weigh(between, amount=value) is weigh({"not": apart}, amount=value)


def test_what_settles_it_is_told_with_its_rate_and_what_does_not_with_why() -> None:
    doc = {"field": "item.amount", "in": ["1 GBP", "5 EUR"]}
    assert read_condition(doc).weigh(known(amount="10 USD")).seen == {
        "item.amount": "10 USD",
        "rate.USD/EUR": {"rate": "0.5", "on": "2026-03-01"},
    }
    assert "no rate between GBP and EUR" in read_condition(doc).explain(known(amount="12 USD"))


# --- an order is an order, across currencies too ---


@settings(max_examples=50)
@given(AMOUNTS, AMOUNTS)
def test_of_two_amounts_one_is_greater_or_they_are_equal_or_all_is_unknown(one: Any, other: Any) -> None:
    def holds(kind: str, *, turned: bool = False) -> Truth:
        amounts = {"amount": other, "limit": one} if turned else {"amount": one, "limit": other}
        return weigh({"field": "item.amount", kind: {"field": "item.limit"}}, **amounts)

    three = [holds("greater"), holds("smaller"), holds("equals")]
    assert three.count(True) == 1 or three == [None] * 3
    assert [holds("smaller", turned=True), holds("greater", turned=True), holds("equals", turned=True)] == three
    assert holds("differs") is (None if three[2] is None else not three[2])


# --- several values ---

SIZES = st.lists(st.integers(1, 3), max_size=4)


@settings(max_examples=50)
@given(SIZES, SIZES)
@example([1, 1], [1, 2])
@example([1, 2], [2, 1])
def test_several_values_are_equal_where_they_are_the_same_each_as_often(one: list[int], other: list[int]) -> None:
    doc = {"field": "item.sizes", "equals": other}
    assert weigh(doc, sizes=one) is (bool(one) and sorted(one) == sorted(other))
    assert weigh({"field": "item.sizes", "differs": other}, sizes=one) is (not one or sorted(one) != sorted(other))


# --- trees of random comparisons follow Kleene; what is compiled comes to the same ---

COMPARED: dict[str, list[tuple[str, Any]]] = {
    "item.amount": [
        *(("equals", one) for one in ("5 EUR", "5 GBP", 5)),
        *(("greater", one) for one in ("5 EUR", "6 GBP", 4.5)),
        ("smaller", "500 JPY"),
        ("between", ["1 EUR", "5 EUR"]),
        ("differs", "5.0 EUR"),
        ("in", ["5 EUR", "5 GBP"]),
    ],
    "item.pieces": [("equals", 3), ("equals", "3"), ("differs", 3.0), ("greater", 2.5), ("smaller", 10**15)],
    "item.payment_due": [("before", "2026-04-01"), ("after", "2026-03-29T02:30"), ("equals", "2026-04-01")],
    "item.urgent": [("equals", True), ("differs", True), ("equals", "true"), ("in", [True])],
    "item.colour": [("equals", "red"), ("in", ["red", "blue"]), ("contains", "RE"), ("differs", "5 EUR")],
    "item.delivery_by": [("equals", "2026-04-01"), ("in", ["5 EUR"]), ("empty", True)],
    "contact.birthday": [("before", "2000-01-01"), ("empty", False)],
    "contact.phone": [("equals", "+351912345678"), ("contains", "351")],
    "item.stage": [("in", ["new", "paid"]), ("differs", "new")],
    "item.unheard_of": [("equals", 5), ("greater", 4), ("equals", "5 EUR"), ("in", ["x", "5"])],
}
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "amount": AMOUNTS | st.none(),
    "pieces": st.sampled_from([3, 3.0, "3", True, None, "x", 2.5, 10**16, -0.0]),
    "payment_due": st.sampled_from(["2026-04-01", "2026-03-29T02:30", "2026-03-31T23:30", "soon", None]),
    "urgent": st.sampled_from([True, False, "true", "perhaps", 1, None]),
    "colour": st.sampled_from(["red", "Red", "", "5 EUR", ["red", "green"], ["x"], 7, {"city": "red"}]),
    "delivery_by": st.sampled_from(["2026-04-01", "5 EUR", "5.0 EUR", 5, None]),
    "unheard_of": st.sampled_from([5, "5", "5 EUR", "x", True, 5.0, None]),
}
LEAVES = st.sampled_from([{"field": path, kind: wanted} for path, ways in COMPARED.items() for kind, wanted in ways])


def grown(parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    several = st.lists(parts, max_size=3)
    return st.one_of(*(st.builds(lambda x, of=of: {of: x}, several) for of in ("all", "any"))) | st.builds(
        lambda one: {"not": one}, parts
    )


TREES = st.recursive(LEAVES, grown, max_leaves=8)
ORDER = {False: 0, None: 1, True: 2}
BACK: dict[int, Truth] = {0: False, 1: None, 2: True}


def by_kleene(doc: Json, known: Facts) -> Truth:
    """Weigh a tree as numbers: false 0, unknown 1, true 2; `all` is the least, `any` the most, `not` turned round."""
    if "not" in doc:
        return BACK[2 - ORDER[by_kleene(doc["not"], known)]]
    for branch, pick, of_nothing in (("all", min, 2), ("any", max, 0)):
        if branch in doc:
            return BACK[pick((ORDER[by_kleene(part, known)] for part in doc[branch]), default=of_nothing)]
    return read_condition(doc).weigh(known).value


@settings(max_examples=60)
@given(TREES, st.fixed_dictionaries(FIELDS))
def test_trees_are_weighed_as_kleene_does_and_see_each_value(doc: Json, fields: Json) -> None:
    here, condition = known(**fields), read_condition(doc)
    verdict = condition.weigh(here)
    assert verdict.value is by_kleene(doc, here)
    assert {one.path for one in condition.comparisons()} <= verdict.seen.keys()
    assert condition.claim() or not list(condition.comparisons())
    if verdict.value is not True and list(condition.comparisons()):
        assert condition.explain(here)


@settings(max_examples=150)
@given(TREES, st.fixed_dictionaries(FIELDS), st.fixed_dictionaries(FIELDS))
def test_a_compiled_condition_comes_to_what_is_weighed_or_leaves_it(doc: Json, typical: Json, fields: Json) -> None:
    paths: dict[str, int] = {}
    condition = read_condition(doc)
    test = condition.compiled(lambda path: paths.setdefault(path, len(paths)), known(**typical))
    if test is None:
        event("not compiled")
        return
    here = known(**fields)
    found = test([reader(path)(here) for path in paths])
    event(f"compiled: {found}")
    assert found is None or found is condition.weigh(here).value


@pytest.mark.parametrize(
    ("path", "kind", "wanted", "value", "found"),
    [
        ("amount", "greater", "5 EUR", "5.01 EUR", True),
        ("amount", "greater", "5 EUR", "5 EUR", False),
        ("amount", "greater", "5 EUR", "500 USD", None),
        ("amount", "smaller", "5 EUR", "4.99 EUR", True),
        ("amount", "equals", 5, "5.0 EUR", True),
        ("pieces", "equals", 3, 3, True),
        ("pieces", "equals", 3, True, None),
        ("pieces", "greater", 2.5, 2.6, True),
        ("urgent", "differs", True, False, True),
        ("urgent", "equals", True, "true", None),
        ("colour", "in", ["red"], "red", True),
        ("colour", "in", ["red"], ["red"], None),
        ("colour", "differs", "red", "red", False),
        ("colour", "empty", True, "red", False),
    ],
)
def test_the_usual_form_is_decided_without_weighing(
    path: str, kind: str, wanted: Any, value: Any, found: Truth
) -> None:
    test = read_condition({"field": f"item.{path}", kind: wanted}).compiled(lambda _: 0, known())
    assert test is not None
    assert test([value]) is found
