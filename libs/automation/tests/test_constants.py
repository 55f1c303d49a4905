"""Constants in conditions and texts."""

from typing import Any

import pytest
from automation.conditions import read_condition
from automation.templates import compile_text
from automation.testing import deal, facts, record, shop


def knowing(value: Any) -> Any:
    return shop(extra=(record("constant", "ceiling", {"id": "ceiling", "value": value}),))


@pytest.mark.parametrize(
    ("value", "item", "condition", "holds"),
    [
        ("1000 EUR", {"amount": "1200.00 EUR"}, {"field": "item.amount", "greater": {"field": "const.ceiling"}}, True),
        ("1000 EUR", {"amount": "900.00 EUR"}, {"field": "item.amount", "greater": {"field": "const.ceiling"}}, False),
        (7, {"pieces": 7}, {"field": "item.pieces", "equals": {"field": "const.ceiling"}}, True),
        ("7.5", {"pieces": 8}, {"field": "item.pieces", "greater": {"field": "const.ceiling"}}, True),
        (True, {}, {"field": "const.ceiling", "equals": True}, True),
        ("x", {}, {"field": "const.ceiling", "empty": True}, False),
        (
            "2026-03-03",
            {"payment_due": "2026-03-02"},
            {"field": "item.payment_due", "before": {"field": "const.ceiling"}},
            True,
        ),
    ],
)
def test_a_condition_compares_with_a_constant(value: Any, item: Any, condition: Any, holds: Any) -> None:
    seen = facts(deal(**item), knowledge=knowing(value))
    assert read_condition(condition).weigh(seen).value is holds


@pytest.mark.parametrize(("value", "text"), [("a sofa", "a sofa"), (7, "7"), (True, "true"), ("1.50", "1.50")])
def test_a_text_says_a_constant(value: Any, text: str) -> None:
    seen = facts(deal(), knowledge=knowing(value))
    assert compile_text("{{ const.ceiling }}").render(seen) == text
    assert compile_text("{{ const.ceiling | upcase }}").render(seen) == text.upper()
