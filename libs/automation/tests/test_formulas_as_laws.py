"""Formulas against plain fractions: exact where it can be, and half up at the eighth place where it cannot."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from automation.formulas import FormulaFailed, compile_formula
from automation.testing import NOW, deal, facts, shop
from hypothesis import assume, given, settings
from hypothesis import strategies as st

SHOP = shop()
FIELDS: dict[str, Any] = {"pieces": 7, "amount": "12.50 EUR", "weight": "2.25", "minus": -3}
VALUES = {"item.pieces": Fraction(7), "item.weight": Fraction("2.25"), "item.minus": Fraction(-3)}
KNOWN = facts(deal(**FIELDS), knowledge=SHOP)
Worked = tuple[str, Fraction]

NUMBERS: st.SearchStrategy[Worked] = st.decimals("-999", "999", places=2, allow_nan=False).map(
    lambda number: (f"({number})", Fraction(number))
) | st.sampled_from(list(VALUES.items()))


def joined(parts: st.SearchStrategy[Worked]) -> st.SearchStrategy[Worked]:
    def together(left: Worked, sign: str, right: Worked) -> Worked:
        (one, of_one), (other, of_other) = left, right
        whole = {"+": of_one + of_other, "-": of_one - of_other, "*": of_one * of_other}[sign]
        return f"({one} {sign} {other})", whole

    def turned(inner: Worked) -> Worked:
        return f"-{inner[0]}", -inner[1]

    def chosen(yes: Worked, no: Worked, left: Worked, right: Worked) -> Worked:
        return f"({yes[0]} if {left[0]} < {right[0]} else {no[0]})", yes[1] if left[1] < right[1] else no[1]

    def largest(left: Worked, right: Worked) -> Worked:
        return f"max({left[0]}, abs({right[0]}))", max(left[1], abs(right[1]))

    return (
        st.builds(together, parts, st.sampled_from("+-*"), parts)
        | st.builds(turned, parts)
        | st.builds(chosen, parts, parts, parts, parts)
        | st.builds(largest, parts, parts)
    )


SUMS = st.recursive(NUMBERS, joined, max_leaves=6)


def worked_out(formula: str) -> str:
    return compile_formula(formula).work_out(KNOWN, NOW)


def half_up(value: Fraction, places: int) -> Decimal:
    """Round as people do, away from zero where it lies in the middle."""
    scaled = abs(value) * 10**places + Fraction(1, 2)
    size = Decimal(scaled.numerator // scaled.denominator).scaleb(-places)
    return size if value >= 0 else -size


@settings(max_examples=60, deadline=None)
@given(SUMS)
def test_sums_and_products_are_exact_to_the_eighth_place(worked: Worked) -> None:
    formula, value = worked
    assume(len(formula) <= 500)
    with localcontext(prec=80):
        assert Decimal(worked_out(formula)) == half_up(value, 8)


@settings(max_examples=60, deadline=None)
@given(SUMS, NUMBERS, st.integers(0, 8))
def test_a_division_is_rounded_half_up_where_it_does_not_end(one: Worked, other: Worked, places: int) -> None:
    assume(len(one[0]) <= 400)
    formula = f"{one[0]} / {other[0]}"
    if not other[1]:
        with pytest.raises(FormulaFailed, match=r"divides by zero|no number"):
            worked_out(formula)
        return
    with localcontext(prec=80):
        assert Decimal(worked_out(formula)) == half_up(one[1] / other[1], 8)
        assert Decimal(worked_out(f"round({formula}, {places})")) == half_up(one[1] / other[1], places)


@settings(max_examples=40, deadline=None)
@given(st.decimals("-9999", "9999", places=3, allow_nan=False), st.integers(0, 4))
def test_money_is_rounded_as_numbers_are_and_keeps_its_currency(amount: Decimal, places: int) -> None:
    written = worked_out(f"round(money('{amount:f} EUR'), {places})")
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert written == f"{rounded + 0:f} EUR"
    assert Decimal(worked_out(f"number(money('{amount:f} EUR'))")) == amount


@settings(max_examples=40, deadline=None)
@given(SUMS, SUMS)
def test_comparisons_agree_with_the_numbers(one: Worked, other: Worked) -> None:
    assume(len(one[0]) + len(other[0]) <= 480)
    said = {sign: worked_out(f"{one[0]} {sign} {other[0]}") == "true" for sign in ("<", "<=", "==", "!=", ">=", ">")}
    (_, left), (_, right) = one, other
    assert said == {
        "<": left < right,
        "<=": left <= right,
        "==": left == right,
        "!=": left != right,
        ">=": left >= right,
        ">": left > right,
    }


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("1 / 200000000", "0.00000001"),
        ("-1 / 200000000", "-0.00000001"),
        ("0.000000025 * 1", "0.00000003"),
        ("0.0000000249 * 1", "0.00000002"),
        ("round(0.125, 2)", "0.13"),
        ("round(-2.5)", "-3"),
        ("money('0.00000001 EUR') * 2.5", "0.00000003 EUR"),
    ],
)
def test_what_lies_in_the_middle_is_rounded_away_from_nought(formula: str, written: str) -> None:
    assert worked_out(formula) == written
