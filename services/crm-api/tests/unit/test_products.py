"""Products and their prices: exact as they travel, and changed only in what is said."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from contracts.money import Money
from crm_api.goods.filling import told
from crm_api.goods.products import NewProduct, Product, ProductPatch
from crm_api.goods.rows import GivenRow, Row
from crm_api.goods.totals import totals
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

SOFA = Product(
    id=UUID(int=1), sku="S-1", name="Sofa", unit="pc", price=Money(Decimal("12.50"), "EUR"), tax=Decimal(23),
    tax_included=True,
)  # fmt: skip
EXACT = st.decimals(0, 10**12 - 1, places=6)


@pytest.mark.parametrize(
    "patch",
    [
        {"sku": "S-2"},
        {"name": "Chair"},
        {"unit": ""},
        {"price": "0 USD"},
        {"tax": "0"},
        {"tax_included": False},
        {"active": False},
        {"active": False, "tax": "6", "unit": "set"},
        {},
    ],
)
def test_a_patch_changes_what_it_says_also_to_nothing_and_leaves_the_rest(patch: dict[str, Any]) -> None:
    before, after = SOFA.model_dump(mode="json"), ProductPatch.model_validate(patch).of(SOFA).model_dump(mode="json")
    assert after == {**before, **patch}


@settings(max_examples=60, deadline=None)
@given(EXACT, st.sampled_from(["EUR", "USD", "JPY", "KWD"]))
def test_a_price_travels_as_it_was_written(amount: Decimal, currency: str) -> None:
    written = f"{amount:f} {currency}"
    product = NewProduct.model_validate({"sku": "s", "name": "Sofa", "price": written})
    assert product.price == Money(amount, currency)
    assert product.model_dump(mode="json")["price"] == written
    assert NewProduct.model_validate_json(product.model_dump_json()) == product


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"price": "12.50"}, "write it like"),
        ({"price": 12.5}, "send it as text"),
        ({"price": None}, "send it as text"),
        ({"price": "-1 EUR"}, "send it as text"),
        ({"price": "1.1234567 EUR"}, "6 behind the point"),
        ({"price": "1234567890123 EUR"}, "12 digits before"),
        ({"price": "12.50 XXQ"}, "XXQ is no currency"),
        ({"price": "12.50 eur"}, "write it like"),
        ({"tax": "100.01"}, "less than or equal to 100"),
        ({"tax": "-1"}, "send it as text"),
        ({"sku": ""}, "at least 1"),
        ({"sku": "x" * 101}, "at most 100"),
        ({"unit": "x" * 31}, "at most 30"),
        ({"id": "x"}, "Extra inputs"),
    ],
)
def test_what_is_no_product_is_refused_whether_it_is_new_or_changed(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        NewProduct.model_validate({"sku": "s", "name": "Sofa", "price": "1 EUR", **wrong})
    if wrong.get("price", "") is not None:
        with pytest.raises(ValidationError, match=words):
            ProductPatch.model_validate(wrong)


@pytest.mark.parametrize(
    ("says", "kept"),
    [
        ({"tax": "0"}, {"tax": Decimal(0)}),
        ({"tax_included": False}, {"tax_included": False}),
        ({"unit": ""}, {"unit": ""}),
        ({"price": "0"}, {"price": Decimal(0)}),
        ({}, {"name": "Sofa", "unit": "pc", "price": Decimal("12.50"), "tax": Decimal(23), "tax_included": True}),
    ],
)
def test_a_row_says_something_else_than_its_product_also_where_that_is_nothing(
    says: dict[str, Any], kept: dict[str, Any]
) -> None:
    product = {"name": "Sofa", "unit": "pc", "price": Decimal("12.50"), "tax": Decimal(23), "tax_included": True}
    row = GivenRow.model_validate(says).row(product, "rows.0")
    wanted = {**product, "product": None, "quantity": Decimal(1), "discount": None, **kept}
    assert {name: getattr(row, name) for name in Row.model_fields} == wanted


ROWS = st.builds(
    lambda quantity, price, tax, included: Row(
        name="x", quantity=Decimal(quantity), price=price, tax=Decimal(tax), tax_included=included
    ),
    st.integers(1, 9),
    st.decimals(0, 1000, places=2),
    st.sampled_from([0, 6, 13, 23]),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_no_matter_of_money(rows: list[Row], chance: Any) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert totals(shuffled, "EUR").total == totals(rows, "EUR").total
    in_price = sum((row.quantity * row.price for row in rows if row.tax_included), Decimal(0))
    on_top = sum((row.quantity * row.price for row in rows if not row.tax_included), Decimal(0))
    total = totals(rows, "EUR").total
    # Whole cents times whole numbers: only the tax is rounded, and never twice.
    assert total.net + total.tax == total.gross
    assert in_price + on_top <= total.gross
    assert totals([row for row in rows if row.tax_included], "EUR").total.gross == in_price
    assert totals([row for row in rows if not row.tax_included], "EUR").total.net == on_top


@pytest.mark.parametrize(
    ("quantity", "unit", "words"), [("2", "pc", "2 pc Sofa"), ("0.50", "", "0.50 Sofa"), ("1000", "m", "1000 m Sofa")]
)
def test_a_row_is_told_in_words(quantity: str, unit: str, words: str) -> None:
    assert told(Row(name="Sofa", quantity=Decimal(quantity), unit=unit, price=Decimal(1))) == words
