"""Formulas of rules: exact, limited, and with words for what cannot be worked out."""

from datetime import timedelta
from typing import Any

import pytest
from automation.documents import DocumentError
from automation.formulas import FormulaFailed, compile_formula
from automation.testing import NOW, contact, deal, facts, record, shop
from contracts.items import Item

RATE = record("rate", "usd", {"currency": "USD", "to": "EUR", "on": "2026-01-01", "rate": "0.80"})
ONE = record("constant", "discount", {"id": "discount", "value": "0.15"})


def worked_out(formula: str, **more: Any) -> str:
    """Work a formula out on the shop's deal."""
    known = shop(extra=(RATE, ONE))
    who: Item = contact(birthday="1990-02-28", phone=None)
    item = deal(to=(who,), amount="1200.00 EUR", pieces=7, payment_due="2026-03-27", urgent=True, delivery_by="3.50")
    results = {"my-sum": {"value": "12.50"}, "total": {"value": "99.90 EUR"}}
    seen = facts(item, who, knowledge=known, results=results, variables={"base": "4"}, **more)
    return compile_formula(formula).work_out(seen, NOW)


WORKED_OUT = [
    ("0.1 + 0.2", "0.3"),
    ("(2 + 3) * 4 - 1", "19"),
    ("10 / 4", "2.5"),
    ("10 / 3", "3.33333333"),
    ("-7 % 4 + 7 // 2", "0"),
    ("2 ** 10", "1024"),
    ("item.pieces * 2", "14"),
    ("item.delivery_by * 2", "7.00"),
    ("var.base + const.discount", "4.15"),
    ('results["my-sum"].value * 2', "25.00"),
    ("item.amount * 0.9", "1080.000 EUR"),
    ("2 * item.amount / 3", "800.00 EUR"),
    ("item.amount - results.total.value", "1100.10 EUR"),
    ('item.amount + money("10 USD")', "1208.00 EUR"),
    ('item.amount / money("100 EUR")', "12.00"),
    ("round(item.amount / 7, 2)", "171.43 EUR"),
    ("money(item.pieces)", "7 EUR"),
    ('money(2.5, "USD")', "2.5 USD"),
    ("number(item.amount) / 2", "600.00"),
    ("max(item.amount, results.total.value)", "1200.00 EUR"),
    ("min(3, 1.5, 2)", "1.5"),
    ("abs(3 - 5)", "2"),
    ("round(2.5)", "3"),
    ("item.payment_due + '1 month'", "2026-04-27"),
    ("item.payment_due - '3 days'", "2026-03-24"),
    ("item.payment_due + '2 weeks 1 day'", "2026-04-11"),
    ("item.payment_due - date('2026-03-20')", "7"),
    ("item.entered_at + '90 minutes'", "2026-03-02T11:30:00+00:00"),
    ("today()", "2026-03-02"),
    ("default(contact.phone, 0) + 1", "1"),
    ("10 if item.pieces > 5 else 20", "10"),
    ("1 if item.urgent and not contact.phone else 2", "1"),
    ("item.amount >= money('1500 USD')", "true"),
    ("item.payment_due < '2026-03-01'", "false"),
    ("item.title", "Sofa"),
]


@pytest.mark.req("D18")
@pytest.mark.parametrize(("formula", "result"), WORKED_OUT)
def test_a_formula_is_worked_out_exactly(formula: str, result: str) -> None:
    assert worked_out(formula) == result


def test_days_stay_days_over_a_change_of_the_clock_and_hours_stay_hours() -> None:
    assert worked_out("date('2026-03-28') + '1 day'") == "2026-03-29"
    assert worked_out("item.entered_at + '27 days'") == (NOW + timedelta(days=27, hours=-1)).isoformat()
    assert worked_out("item.entered_at + '648 hours'") == (NOW + timedelta(days=27)).isoformat()


FAILED = [
    ("contact.phone + 1", "contact.phone is empty; fill it, or write default"),
    ("1 / (item.pieces - 7)", "divides by zero"),
    ("item.amount + 1", "write money"),
    ("item.amount + money('1 CHF')", "no rate between CHF and EUR"),
    ("item.title * 2", "'Sofa' is no number"),
    ("item.payment_due + 'soon'", "is not an interval"),
    ("item.payment_due + '1 working day'", "no working time"),
    ("2 ** 1000", "a power is at most 100"),
    ("(9 ** 100) ** 100", "too large"),
    ("1e70", "too large"),
    ("date('tomorrow')", "is no date"),
    ("item.amount > 5", "cannot be compared"),
    ("round(1, 99)", "places"),
    ("min()", "take values"),
    ("money('much')", "is not money"),
]


@pytest.mark.parametrize(("formula", "words"), FAILED)
def test_what_cannot_be_worked_out_fails_in_words(formula: str, words: str) -> None:
    with pytest.raises(FormulaFailed, match=words):
        worked_out(formula)


REFUSED = [
    "",
    "1 +",
    "a = 1",
    "1; 2",
    "item",
    "item.amount.cents.x.y.z",
    "lambda: 1",
    "[x for x in (1, 2)]",
    "[1, 2]",
    "{1: 2}",
    "f'{1}'",
    "b'x'",
    "...",
    "None",
    "1j",
    "item.amount()",
    "open('x')",
    "__import__('os')",
    "round(1, places=2)",
    "max(*item.rows)",
    "item[0]",
    "item[1:2]",
    "().__class__",
    "1 << 2",
    "1 in 2",
    "1 is 1",
    "~1",
    "1 if 2",
    "(" * 40 + "1" + ")" * 40 + "+" * 3,
    "-" * 400 + "1",
    "1" + "+1" * 300,
    "item.\0",
]


@pytest.mark.parametrize("formula", REFUSED)
def test_what_is_no_formula_is_refused_with_its_place(formula: str) -> None:
    with pytest.raises(DocumentError) as caught:
        compile_formula(formula, "do.calculate.formula")
    assert caught.value.path == "do.calculate.formula"
    assert caught.value.fix


def test_a_formula_tells_what_it_reads() -> None:
    formula = compile_formula('item.amount * var.rate + results["my-sum"].value - item.amount')
    assert formula.paths == ("item.amount", "var.rate", "results.my-sum.value")


def test_a_name_with_a_hyphen_stands_in_brackets_and_whoever_forgets_them_is_told() -> None:
    assert compile_formula('const["my-limit"] * 2').paths == ("const.my-limit",)
    with pytest.raises(DocumentError, match="'limit' names no value") as caught:
        compile_formula("const.my-limit * 2")
    assert caught.value.fix == 'write it like item.amount, and a name with a hyphen like const["my-limit"]'
