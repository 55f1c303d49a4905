"""What rows of goods come to: exact, rounded commercially, and adding up."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from crm_api.config.currencies import is_known, rounded, rounded_fraction
from crm_api.fields import FieldError
from crm_api.goods.rows import GivenRow, Row
from crm_api.goods.totals import Sums, sums_of, totals
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

CENT = Decimal("0.01")
PARTS = ("net", "discount", "tax", "gross")


def row(quantity: str, price: str, **more: Any) -> Row:
    """Make a row."""
    return Row(name="thing", quantity=quantity, price=price, **more)


def exact(low: str, high: str, places: int) -> st.SearchStrategy[str]:
    """Give numbers as they are written."""
    return st.decimals(low, high, places=places, allow_nan=False).map(lambda number: f"{number:f}")


ROWS = st.builds(
    lambda quantity, price, percent, tax, included: row(
        quantity, price, discount=percent and {"percent": percent}, tax=tax, tax_included=included
    ),
    exact("0.001", "99999", 3),
    exact("0", "999999", 4),
    st.none() | exact("0", "100", 2),
    exact("0", "100", 2),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("what", "net", "discount", "tax", "gross"),
    [
        (row("1", "100", tax="23"), "100.00", "0.00", "23.00", "123.00"),
        (row("1", "123", tax="23", tax_included=True), "100.00", "0.00", "23.00", "123.00"),
        (row("3", "9.99", tax="23", discount={"percent": "10"}), "26.97", "3.00", "6.20", "33.17"),
        (row("2", "10", discount={"amount": "5"}), "15.00", "5.00", "0.00", "15.00"),
        (row("1", "0.005"), "0.01", "0.00", "0.00", "0.01"),
        (row("0.5", "0.01", tax="50"), "0.01", "0.00", "0.01", "0.02"),
        (row("1000", "0.0123"), "12.30", "0.00", "0.00", "12.30"),
        (row("1", "10", discount={"percent": "100"}, tax="23"), "0.00", "10.00", "0.00", "0.00"),
    ],
)
def test_a_row_comes_to(what: Row, net: str, discount: str, tax: str, gross: str) -> None:
    told = sums_of(what, "EUR").model_dump(mode="json")
    assert told == {"net": net, "discount": discount, "tax": tax, "gross": gross}


@pytest.mark.parametrize(("currency", "digits"), [("EUR", "12.35"), ("JPY", "12"), ("KWD", "12.346")])
def test_each_currency_has_its_digits(currency: str, digits: str) -> None:
    assert sums_of(row("1", "12.3456"), currency).gross == Decimal(digits)


@given(st.lists(ROWS, max_size=8))
def test_the_sum_of_the_rows_is_the_total_and_its_parts_add_up(rows: list[Row]) -> None:
    come_to = totals(rows, "EUR")
    for part in PARTS:
        assert getattr(come_to.total, part) == sum((getattr(one, part) for one in come_to.rows), Decimal(0))
    assert come_to.total.net + come_to.total.tax == come_to.total.gross


@given(ROWS)
def test_no_part_of_a_row_is_off_by_more_than_a_rounding_of_each_step(one: Row) -> None:
    sums = sums_of(one, "EUR")
    rest = Fraction(one.quantity) * Fraction(one.price)
    rest -= rest * Fraction(one.discount.percent or 0) / 100 if one.discount else 0
    rate = Fraction(one.tax) / 100
    tax = rest * rate / (1 + rate) if one.tax_included else rest * rate
    assert abs(Fraction(sums.tax) - tax) <= Fraction(3 * CENT)
    assert abs(Fraction(sums.gross) - (rest if one.tax_included else rest + tax)) <= Fraction(3 * CENT)
    assert min(sums.net, sums.tax, sums.gross, sums.discount) >= 0


@given(ROWS)
def test_no_float_is_anywhere_and_every_sum_is_in_whole_cents(one: Row) -> None:
    for part in PARTS:
        value = getattr(sums_of(one, "EUR"), part)
        assert isinstance(value, Decimal)
        assert value == value.quantize(CENT)
    assert all(isinstance(value, str) for value in Sums(net=one.price).model_dump(mode="json").values())


@given(st.fractions(-1000, 1000))
def test_an_exact_fraction_is_rounded_half_away_from_zero(amount: Fraction) -> None:
    near = rounded_fraction(amount, "EUR")
    assert abs(Fraction(near) - amount) <= Fraction(1, 200)
    half = Fraction(near) + (Fraction(1, 200) if near >= 0 else -Fraction(1, 200))
    assert abs(rounded_fraction(half, "EUR")) == abs(near) + CENT


@given(st.decimals("-1000", "1000", places=4))
def test_both_ways_to_round_agree(amount: Decimal) -> None:
    assert rounded(amount, "EUR") == rounded_fraction(Fraction(amount), "EUR") == amount.quantize(CENT, ROUND_HALF_UP)


def test_a_discount_is_never_more_than_its_row() -> None:
    with pytest.raises(FieldError) as caught:
        totals([row("1", "1"), row("1", "10", discount={"amount": "10.01"})], "EUR")
    assert (caught.value.field, caught.value.fix) == ("rows.1.discount", "send at most 10.00")


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": 12.5},
        {"price": 12},
        {"price": "12,50"},
        {"price": "1e3"},
        {"price": "-1"},
        {"price": "1.1234567"},
        {"quantity": "0"},
        {"quantity": True},
        {"tax": "101"},
        {"discount": {}},
        {"discount": {"percent": "1", "amount": "1"}},
        {"discount": {"percent": "101"}},
        {"name": ""},
        {"colour": "red"},
    ],
)
def test_what_is_not_exact_or_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GivenRow.model_validate({"name": "thing", "quantity": "1", "price": "1", **wrong})


def test_a_row_takes_from_its_product_what_it_does_not_say() -> None:
    known = {"name": "Oak table", "unit": "piece", "price": Decimal(1200), "tax": Decimal(23), "tax_included": False}
    made = GivenRow.model_validate({"quantity": "2", "price": "1000"}).row(known, "rows.0")
    assert (made.name, made.unit) == ("Oak table", "piece")
    assert (made.price, made.quantity, made.tax) == (Decimal(1000), Decimal(2), Decimal(23))


def test_a_row_without_product_needs_a_name_and_a_price() -> None:
    with pytest.raises(FieldError) as caught:
        GivenRow(name="thing").row({}, "rows.3")
    assert caught.value.field == "rows.3.price"


def test_currencies_are_those_of_iso_4217() -> None:
    assert is_known("EUR")
    assert not is_known("EURO")
    assert not is_known("ABC")
