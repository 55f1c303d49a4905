"""Conditions on lists of money, and between values of no fixed kind: by the stored rates, never by bare numbers."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from automation.conditions import Verdict, read_condition
from automation.testing import NOW, TYPES, deal, facts, record, shop
from contracts.config import Rate

Json = dict[str, Any]
DOLLARS = Rate(currency="USD", to="EUR", on=date(2026, 3, 1), rate=Decimal("0.5"))
TYPE = record("type", "deal", {**TYPES[0], "fields": [{"key": "paid", "kind": "money", "multiple": True}]})
KNOWN = shop(extra=(TYPE, record("rate", "usd", DOLLARS.model_dump(mode="json"))))
SEEN_RATE = {"rate": "0.5", "on": "2026-03-01"}


def weigh(doc: Json, paid: list[str] | None = None, **results: Any) -> Verdict:
    return read_condition(doc).weigh(facts(deal(paid=paid), knowledge=KNOWN, now=NOW, results={"r": results}))


@pytest.mark.parametrize(
    ("paid", "wanted", "same"),
    [
        (["10 USD", "1 EUR"], ["1 EUR", "5 EUR"], True),
        (["10 USD"], ["10 EUR"], False),
        (["10 USD", "10 USD"], ["5 EUR", "10 USD"], True),
        (["10 USD", "5 EUR"], ["5 EUR", "6 EUR"], False),
        (["10 USD"], ["5 EUR", "5 EUR"], False),
        # Where what is left is of one currency no rate is asked for.
        (["9 GBP", "1 EUR"], ["1.00 EUR", "9.0 GBP"], True),
        (["9 GBP", "1 EUR"], ["8 GBP", "1 EUR"], False),
        (["9 GBP", "1 EUR"], ["1 EUR"], False),
        (["9 GBP", "1 EUR"], ["2 EUR", "1 EUR"], None),
    ],
)
def test_lists_of_money_hold_the_same_where_what_they_hold_is_worth_the_same(
    paid: list[str], wanted: list[str], *, same: bool | None
) -> None:
    assert weigh({"field": "item.paid", "equals": wanted}, paid).value is same
    assert weigh({"field": "item.paid", "differs": wanted}, paid).value is (None if same is None else not same)


def test_the_rate_by_which_lists_are_compared_is_kept_and_its_lack_is_told() -> None:
    of_dollars = {"field": "item.paid", "equals": ["5 EUR", "1 EUR"]}
    assert weigh(of_dollars, ["1 EUR", "10 USD"]).seen["rate.USD/EUR"] == SEEN_RATE
    lacking = facts(deal(paid=["9 GBP", "1 EUR"]), knowledge=KNOWN, now=NOW)
    assert "no rate between GBP and EUR" in read_condition(of_dollars).explain(lacking)


@pytest.mark.parametrize(
    ("value", "other", "greater", "equals"),
    [
        ("9 EUR", "10 EUR", False, False),
        ("100 USD", "60 EUR", False, False),
        ("120 USD", "60.00 EUR", False, True),
        ("121 USD", 60, True, False),
        (10, 9, True, False),
        (9, 10, False, False),
        ("9", "10", False, False),
        ("10", 9, True, False),
        ("9 GBP", "10 EUR", None, None),
        ("much", "10", None, False),
        ("b", "a", None, False),
        ("2026-03-02T10:00+01:00", "2026-03-02T09:30+00:00", False, False),
    ],
)
def test_two_values_of_no_fixed_kind_are_compared_as_what_both_look_like(
    value: Any, other: Any, *, greater: bool | None, equals: bool | None
) -> None:
    def told(comparison: str) -> bool | None:
        doc = {"field": "results.r.value", comparison: {"field": "results.r.other"}}
        return weigh(doc, value=value, other=other).value

    assert (told("greater"), told("equals")) == (greater, equals)
