"""Filters as they are read: what they ask of the keys of items, and what is refused with the way to mend it."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from automation.knowledge import Knowledge
from contracts.config import ConfigChanged
from contracts.items import Item
from crm_api.access.rights import Reach
from crm_api.fields import FieldError
from crm_api.lists import cursors, reading
from crm_api.lists.conditions import Condition, Order, Range
from crm_api.lists.cursors import Place
from crm_api.lists.filters import WrittenCondition
from crm_api.lists.keys import CUT
from crm_api.lists.reading import Wanted
from crm_api.lists.searching import looked_for, words
from hypothesis import given
from hypothesis import strategies as st

AT = datetime(2026, 3, 2, tzinfo=UTC)
FIELDS: list[dict[str, Any]] = [
    {"key": "name", "kind": "string"},
    {"key": "amount", "kind": "money"},
    {"key": "count", "kind": "integer"},
    {"key": "due", "kind": "date"},
    {"key": "size", "kind": "choice", "choices": ["S", "M"]},
    {"key": "tags", "kind": "choices", "choices": ["a", "b"]},
    {"key": "urgent", "kind": "boolean"},
    {"key": "phone", "kind": "phone"},
    {"key": "where", "kind": "address"},
    {"key": "contact", "kind": "link", "to": "contact"},
]
STAGES = [{"key": "new"}, {"key": "paid", "kind": "success"}]


def known(*rates: tuple[str, str]) -> Knowledge:
    records: list[tuple[str, str, dict[str, Any]]] = [
        ("type", "deal", {"key": "deal", "fields": FIELDS}),
        ("pipeline", "deal/retail", {"id": "deal/retail", "type": "deal", "stages": STAGES}),
        *(("rate", f"{c}/2026-01-01", {"currency": c, "to": "EUR", "on": "2026-01-01", "rate": r}) for c, r in rates),
    ]
    return Knowledge.of(
        ConfigChanged(kind=kind, id=id_, revision=n, data=data, changed_at=AT)
        for n, (kind, id_, data) in enumerate(records, start=1)
    )


def condition(knowledge: Knowledge | None = None, /, **written: Any) -> Condition:
    wanted = Wanted("deal", conditions=[WrittenCondition.model_validate(written)])
    [found] = reading.read(knowledge or known(), wanted, Reach(), date(2026, 3, 2)).conditions
    return found


def refused(**written: Any) -> tuple[str, str]:
    with pytest.raises(FieldError) as refusal:
        condition(**written)
    return refusal.value.field, refusal.value.fix


def test_values_are_read_as_the_field_reads_them_and_compared_by_their_keys() -> None:
    assert condition(field="name", equals="São") == Condition("name", any_of=("sao",))
    assert condition(field="size", differs="S") == Condition("size", any_of=("S",), negated=True)
    assert condition(field="phone", equals="912 345 678").any_of == ("+351912345678",)
    assert condition(field="count", **{"in": [1, 2]}).any_of == ("25001", "25002")
    assert condition(field="tags", contains="a") == Condition("tags", any_of=("a",))
    assert condition(field="name", contains="OAK") == Condition("name", containing="oak")
    assert condition(field="urgent", equals=False).any_of == ("0",)
    assert condition(field="amount", empty=True) == Condition("amount", negated=True)
    assert condition(field="amount", empty=False) == Condition("amount")


def test_ranges_leave_their_ends_out_but_for_between() -> None:
    assert condition(field="due", after="2026-01-01").ranges == (Range(low="2026-01-01"),)
    assert condition(field="due", before="2026-01-01").ranges == (Range(high="2026-01-01"),)
    both = Range("2026-01-01", "2026-02-01", with_low=True, with_high=True)
    assert condition(field="due", between=["2026-01-01", "2026-02-01"]).ranges == (both,)


def test_amounts_are_compared_within_their_currency_and_in_others_by_the_stored_rates() -> None:
    assert condition(field="amount", greater="1000 EUR").ranges == (Range("EUR25031", "EUR" + CUT),)
    assert condition(field="amount", smaller="1000 EUR").ranges == (Range("EUR", "EUR25031", with_low=True),)
    found = condition(known(("USD", "0.5")), field="amount", greater="1000 EUR").ranges
    assert found == (Range("EUR25031", "EUR" + CUT), Range("USD25032", "USD" + CUT))
    [_, dollars] = condition(known(("USD", "0.5")), field="amount", between=["1 EUR", "2 EUR"]).ranges
    assert dollars == Range("USD25002", "USD25004", with_low=True, with_high=True)


def test_what_every_item_has_is_compared_too_and_what_a_move_changes_on_the_item_itself() -> None:
    assert condition(field="stage", equals="new") == Condition("stage", "item", any_of=("new",))
    [since] = condition(field="entered_at", after="2026-01-01T00:00:00+00:00").ranges
    assert since.low == "2026-01-01T00:00:00.000000"
    assert condition(field="created_at", before="2026-01-01T00:00:00+00:00").home == "index"
    contact = uuid4()
    assert condition(field="contact", equals=str(contact)) == Condition("contact", "link", any_of=(str(contact),))


@pytest.mark.parametrize(
    ("written", "path", "fix"),
    [
        ({"field": "colour", "equals": 1}, "all.0.field", "use one of: amount, contact, count"),
        ({"field": "name"}, "all.0", "send one of: equals"),
        ({"field": "name", "equals": "a", "differs": "b"}, "all.0", "send one of: equals"),
        ({"field": "name", "greater": "a"}, "all.0.greater", "use one of: equals"),
        ({"field": "where", "equals": "a"}, "all.0.equals", "use one of: contains, empty"),
        ({"field": "amount", "greater": "1000"}, "all.0.greater", "write it like '1200.00 EUR'"),
        ({"field": "amount", "between": ["1 EUR", "2 USD"]}, "all.0.between", "send both in one currency"),
        ({"field": "due", "between": ["2026-01-01"]}, "all.0.between", "send the lower and the upper end"),
        ({"field": "size", "in": ["S", "XL"]}, "all.0.in.1", "use one of: S, M"),
        ({"field": "size", "in": []}, "all.0.in", "send 1 to 100"),
        ({"field": "name", "contains": " "}, "all.0.contains", "send a text of at most"),
        ({"field": "name", "contains": "a\0"}, "all.0.contains", "send a text of at most"),
        ({"field": "name", "contains": "\ud800"}, "all.0.contains", "send a text of at most"),
        ({"field": "amount", "in": [None]}, "all.0.in.0", "write it like '1200.00 EUR'"),
        ({"field": "due", "after": {}}, "all.0.after", "write it like '2026-12-31'"),
        ({"field": "name", "equals": "a" * 201}, "all.0.equals", "send at most 200"),
        ({"field": "contact", "equals": "ann"}, "all.0.equals", "send the id of an item"),
        ({"field": "stage", "equals": "a\0"}, "all.0.equals", "send the key of a stage"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_path_and_the_fix(written: Any, path: str, fix: str) -> None:
    field, said = refused(**written)
    assert field == path
    assert fix in said


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (Wanted("house"), "type"),
        (Wanted("deal", "deal/other"), "pipeline"),
        (Wanted("deal", "deal/retail", "lost"), "stage"),
        (Wanted("deal", stage="new"), "stage"),
        (Wanted("deal", sort="tags"), "sort"),
        (Wanted("deal", sort="-entered_at"), "sort"),
        (Wanted("deal", sort="colour"), "sort"),
        (Wanted("deal", search="?!"), "search"),
        (Wanted("deal", search="a" * 300), "search"),
        (Wanted("deal", conditions=[WrittenCondition(field="name", empty=True)] * 21), "all"),
    ],
)
def test_a_list_of_what_there_is_not_is_refused(wanted: Wanted, path: str) -> None:
    with pytest.raises(FieldError) as refusal:
        reading.read(known(), wanted, Reach(), date(2026, 3, 2))
    assert refusal.value.field == path


def test_a_list_of_a_pipeline_goes_through_all_its_stages_and_the_newest_come_first() -> None:
    found = reading.read(known(), Wanted("deal", "deal/retail"), Reach(), date(2026, 3, 2))
    assert (found.stages, found.order) == (("new", "paid"), Order())
    assert reading.read(known(), Wanted("deal", sort="-amount"), Reach(), date(2026, 3, 2)).order.name == "-amount"


@given(st.none() | st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.uuids())
def test_a_place_in_a_list_is_read_as_it_was_written(key: str | None, id_: Any) -> None:
    order = Order("amount", "index", descending=False)
    assert cursors.read(order, cursors.written(order, Place(key, id_))) == Place(key, id_)


@given(st.text(max_size=40).filter(bool))
def test_whatever_else_is_sent_as_a_place_is_refused(after: str) -> None:
    with pytest.raises(FieldError):
        cursors.read(Order(), after)


def test_a_place_of_a_list_in_another_order_is_refused() -> None:
    after = cursors.written(Order("amount", "index"), Place("EUR1", uuid4()))
    with pytest.raises(FieldError, match="sorted by -amount, not by -id"):
        cursors.read(Order(), after)


def test_an_item_is_found_by_the_words_of_its_title_and_texts_and_by_the_ends_of_its_phone() -> None:
    fields = {"name": "Ana João", "phone": "+351912345678", "where": {"city": "Évora"}, "count": 7}
    item = Item(id=uuid4(), type="deal", version=1, entered_at=AT, created_at=AT, title="An oak-table", fields=fields)
    found = words(known(), item)
    assert {"an", "oak", "table", "ana", "joao", "evora", "351912345678", "912345678", "5678"} <= set(found)
    assert "678" not in found


@pytest.mark.parametrize(
    ("search", "query"),
    [
        ("Ana joão", "'ana':* & 'joao':*"),
        ("912 345-678", "'912345678':*"),
        ("O'Neill & co:*", "'o':* & 'neill':* & 'co':*"),
        ("ana@example.com", "'ana':* & 'example':* & 'com':*"),
        ("12", "'12':*"),
    ],
)
def test_what_is_looked_for_are_beginnings_of_words_or_digits_of_a_number(search: str, query: str) -> None:
    assert looked_for(search) == query


def test_an_amount_keeps_all_its_digits_in_another_currency() -> None:
    assert str(reading.as_decimal(Fraction(10**24, 3))).startswith("333333333333333333333333.33")
