"""What lists show of an item, which words find it, and which items may stand behind those that have a value."""

from dataclasses import replace
from typing import Any

import pytest
from automation.testing import INVOICE, contact, deal, invoice, named, shop
from contracts.items import Link
from crm_api.access.rights import Reach
from crm_api.fields import FieldError
from crm_api.lists.columns import COMMON, MOST_COLUMNS, check_columns, value
from crm_api.lists.conditions import Condition, Order, Range
from crm_api.lists.searching import MOST_WORDS, split, words
from crm_api.lists.which import Which
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ([], ""),
        ([*COMMON, "amount", "contact"], ""),
        (["title"] * MOST_COLUMNS, ""),
        (["title"] * (MOST_COLUMNS + 1), "columns"),
        (["title", "phone"], "columns.1"),
        (["deleted"], "columns.0"),
        (["contact.phone"], "columns.0"),
    ],
)
def test_a_column_is_what_every_item_has_or_a_field_of_the_type(columns: list[str], field: str) -> None:
    if not field:
        check_columns(shop(), "deal", columns)
        return
    with pytest.raises(FieldError) as refused:
        check_columns(shop(), "deal", columns)
    assert refused.value.field == field


def test_an_item_shows_its_fields_what_every_item_has_and_the_first_that_it_leads_to() -> None:
    item = deal(to=(contact(), invoice()), amount="5 EUR")
    second = Link(role="invoice", type="invoice", id=named("second"))
    item = item.model_copy(update={"links": (*item.links, second)})
    shown = {column: value(shop(), item, column) for column in ("amount", "pieces", "invoice", "stage", "title")}
    assert shown == {"amount": "5 EUR", "pieces": None, "invoice": INVOICE, "stage": "new", "title": "Sofa"}
    assert value(shop(), deal(), "contact") is None


BY_AMOUNT = Which("deal", Reach(), order=Order("amount", "index", descending=False))


@pytest.mark.parametrize(
    ("condition", "may_lack"),
    [
        (Condition("amount", ranges=(Range("EUR1"),)), False),
        (Condition("amount", any_of=("EUR1",)), False),
        (Condition("amount"), False),
        (Condition("amount", negated=True), True),
        (Condition("amount", any_of=("EUR1",), negated=True), True),
        (Condition("name", any_of=("oak",)), True),
    ],
)
def test_items_without_a_value_are_listed_unless_a_condition_asks_for_one(
    condition: Condition, *, may_lack: bool
) -> None:
    which = replace(BY_AMOUNT, conditions=(Condition("name"), condition))
    assert which.may_lack_value is may_lack
    rest = which.without_value
    assert rest.conditions == (Condition("name"), condition, Condition("amount", negated=True))
    # In the direction of the list, as items were made.
    assert rest.order == Order("id", "item", descending=False)
    assert (rest.type, rest.reach) == (which.type, which.reach)


TEXTS: list[tuple[str, list[str]]] = [
    ("Rua Augusta, 12", ["rua", "augusta", "12"]),
    ("ana.silva@example.com", ["ana", "silva", "example", "com"]),
    ("Größe_M/L", ["grosse_m", "l"]),
    ("— !", []),
    ("x" * 61, ["x" * 60]),
]


@pytest.mark.parametrize(("text", "found"), TEXTS)
def test_words_are_letters_digits_and_nothing_else(text: str, found: list[str]) -> None:
    assert list(split(text)) == found


def test_of_a_very_long_item_the_words_of_its_title_are_kept() -> None:
    long: dict[str, Any] = {"delivery_by": " ".join(f"w{n}" for n in range(2 * MOST_WORDS))}
    found = words(shop(), deal(title="Oak table, oak", **long))
    assert (len(found), found[:3]) == (MOST_WORDS, ["oak", "table", "w0"])


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_each_word_stands_once_and_is_itself_a_word(title: str, text: str) -> None:
    found = words(shop(), deal(title=title, delivery_by=text))
    assert len(set(found)) == len(found)
    assert all(list(split(word)) == [word] for word in found)
