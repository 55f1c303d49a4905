"""Money: exact numbers as they travel, rates by their day, prices of products, and what stages are worth together."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from automation.testing import deal, named, record, shop
from contracts.config import Rate
from contracts.items import Item
from contracts.money import Money
from crm_api.config.rates import check_rate, is_day, say_address
from crm_api.fields import FieldError
from crm_api.goods.amounts import read_exact
from crm_api.goods.filling import Pricing, currency_of, with_goods
from crm_api.goods.products import Product
from crm_api.goods.rows import GivenRow
from crm_api.lists.totals import Total, by_stage, differences, together
from crm_api.record.items import Draft, Stored
from crm_api.store.totals import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

TYPE = {
    "key": "deal",
    "fields": [{"key": "amount", "kind": "money"}],
    "amount": "amount",
    "goods": True,
}


def knowledge(**rates: str) -> Knowledge:
    """Give a shop in euros; rates are for one unit, from 1 March on."""
    known = [
        record("rate", f"{currency}/2026-03-01", {"currency": currency, "to": "EUR", "on": "2026-03-01", "rate": rate})
        for currency, rate in rates.items()
    ]
    return shop(extra=(record("type", "deal", TYPE), *known))


@settings(max_examples=50, deadline=None)
@given(st.decimals(0, 10**12 - 1, places=6))
def test_an_exact_number_is_read_as_it_is_written(number: Decimal) -> None:
    assert read_exact(f"{number:f}") == number


@pytest.mark.parametrize(
    "written", ["-1", "1.", ".5", "1e3", "1,5", "1 000", "1" * 13, "0.1234567", "\u0661", 1, 1.5, None, ""]
)
def test_what_is_not_exact_is_refused(written: Any) -> None:
    with pytest.raises(ValueError, match="send it as text"):
        read_exact(written)


@pytest.mark.parametrize(
    ("written", "is_one"),
    [
        ("2026-02-28", True),
        ("2026-02-29", False),
        ("20260228", False),
        ("2026-W09-6", False),
        ("", False),
        ("x", False),
    ],
)
def test_a_day_is_written_in_one_form(written: str, is_one: bool) -> None:  # noqa: FBT001  a case
    assert is_day(written) is is_one


def test_the_address_of_a_rate_says_its_currency_and_day_and_the_portal_says_the_rest() -> None:
    given_: dict[str, Any] = {"rate": "0.92"}
    say_address("USD/2026-03-01", given_, knowledge())
    assert given_ == {"rate": "0.92", "currency": "USD", "on": "2026-03-01", "to": "EUR"}


@pytest.mark.parametrize(
    ("address", "more", "field"),
    [
        ("USD/2026-03-01", {"currency": "GBP"}, "currency"),
        ("USD/2026-03-01", {"on": "2026-03-02"}, "on"),
        ("USD", {}, "id"),
        ("USD/2026-3-1", {}, "id"),
        ("USD/2026-03-01", {"rate": 0.92}, "rate"),
        ("USD/2026-03-01", {"rate": None}, "rate"),
    ],
)
def test_a_rate_that_contradicts_its_address_or_is_not_exact_is_refused(
    address: str, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(FieldError) as refused:
        say_address(address, {"rate": "0.92", **more}, knowledge())
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("currency", "to", "field"), [("XXQ", "EUR", "currency"), ("EUR", "eur", "to"), ("EUR", "EUR", "to")]
)
def test_a_rate_leads_from_one_currency_to_another(currency: str, to: str, field: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_rate(Rate(currency=currency, to=to, on=date(2026, 3, 1), rate=Decimal(1)), Knowledge())
    assert refused.value.field == field


def pricing(at: str, currency: str = "EUR", **rates: str) -> Pricing:
    return Pricing(knowledge(**rates), currency, datetime.fromisoformat(at).replace(tzinfo=UTC))


def test_a_price_follows_the_rate_of_the_day_where_the_portal_is_and_is_rounded_to_its_currency() -> None:
    assert pricing("2026-03-02T10:00", USD="0.9255").price(Money(Decimal("9.99"), "USD"), "rows.0") == Decimal("9.25")
    assert pricing("2026-03-02T10:00").price(Money(Decimal("9.999"), "EUR"), "rows.0") == Decimal("9.999")
    # In summer clocks in Lisbon show an hour more: it is the next day already.
    assert pricing("2026-06-30T23:30").day == date(2026, 7, 1)


def test_a_price_to_which_no_rate_leads_yet_is_refused_by_its_row() -> None:
    with pytest.raises(FieldError, match="no rate between USD and EUR on 2026-02-28") as refused:
        pricing("2026-02-28T10:00", USD="0.9").price(Money(Decimal(1), "USD"), "rows.3")
    assert refused.value.field == "rows.3.price"


def test_a_row_takes_from_its_product_what_it_does_not_say() -> None:
    one = Product(id=named("p"), sku="s", name="Sofa", unit="pc", price=Money(Decimal(10), "EUR"), tax=Decimal(23))
    ask, day = GivenRow(product=one.id), pricing("2026-03-02T10:00")
    row = ask.row(day.known(ask, {one.id: one}, "rows.0"), "rows.0")
    assert (row.name, row.unit, row.price, row.tax) == ("Sofa", "pc", Decimal(10), Decimal(23))
    own = GivenRow(product=one.id, price="7.50", name="Sofa, grey")
    row = own.row(day.known(own, {one.id: one}, "rows.0"), "rows.0")
    assert (row.name, row.price, row.tax) == ("Sofa, grey", Decimal("7.50"), Decimal(23))
    with pytest.raises(FieldError, match="there is no product") as refused:
        day.known(ask, {}, "rows.1")
    assert refused.value.field == "rows.1.product"


def test_rows_are_in_the_currency_they_had_else_that_of_the_amount_else_the_portals() -> None:
    known = knowledge()
    type_ = with_goods(known, "deal")
    assert [
        currency_of(known, type_, deal(amount="5 USD"), "GBP"),
        currency_of(known, type_, deal(amount="5 USD"), ""),
        currency_of(known, type_, deal(), ""),
    ] == ["GBP", "USD", "EUR"]
    for other in ("contact", "nothing"):
        with pytest.raises(FieldError, match="have no goods"):
            with_goods(known, other)


PLACES = st.sampled_from(["new", "paid"])
ITEMS = st.builds(
    lambda stage, amount, owner, deleted: deal(amount=amount, stage=stage, responsible=owner, deleted=deleted),
    PLACES,
    st.none() | st.builds(lambda n, c: f"{n}.50 {c}", st.integers(0, 99), st.sampled_from(["EUR", "USD"])),
    st.sampled_from(["ann", None]),
    st.booleans(),
)


def sums(items: list[Item]) -> dict[tuple[str, str, str], tuple[int, Decimal]]:
    """Count items as they stand, one by one."""
    counts: Counter[tuple[str, str, str]] = Counter()
    amounts: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for item in items:
        if not item.deleted:
            number, _, currency = (item.fields["amount"] or "0 ").partition(" ")
            place = item.stage, item.responsible or "", currency
            counts[place] += 1
            amounts[place] += Decimal(number)
    return {place: (count, amounts[place]) for place, count in counts.items()}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.none() | ITEMS, ITEMS), max_size=6))
def test_what_changes_add_and_take_away_is_what_counting_anew_would_give(
    changes: list[tuple[Item | None, Item]],
) -> None:
    drafts = [Draft(Stored(before) if before else None, now, 1, None) for before, now in changes]
    total = Counter[tuple[str, str, str]]()
    money: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for place, (count, amount) in sums([before for before, _ in changes if before]).items():
        total[place] += count
        money[place] += amount
    for _, _, stage, owner, currency, count, amount in differences(knowledge(), drafts):
        total[stage, owner, currency] += count
        money[stage, owner, currency] += amount
    now = sums([one for _, one in changes])
    assert {place: (count, money[place]) for place, count in total.items() if count} == now
    assert not [place for place, amount in money.items() if amount and place not in now]


def test_a_change_of_neither_place_nor_amount_adds_nothing() -> None:
    before = deal(id=UUID(int=1), amount="5 EUR")
    now = before.model_copy(update={"title": "Sofa, grey"})
    assert differences(knowledge(), [Draft(Stored(before), now, 1, None)]) == []


def test_stages_are_told_with_each_currency_apart_and_empty_ones_not() -> None:
    rows = [
        Sum("new", "EUR", 2, Decimal(30)), Sum("new", "USD", 1, Decimal(5)), Sum("new", "", 4, Decimal(0)),
        Sum("paid", "EUR", 0, Decimal(0)),
    ]  # fmt: skip
    told = by_stage(rows)
    assert told == {"new": Total(7, {"EUR": Decimal(30), "USD": Decimal(5)})}
    assert [str(one) for one in told["new"].money] == ["30 EUR", "5 USD"]


def test_sums_are_one_amount_where_every_rate_is_known_and_none_where_one_is_missing() -> None:
    total, day = Total(3, {"EUR": Decimal("0.01"), "USD": Decimal("10.01")}), date(2026, 3, 2)
    assert together(knowledge(USD="0.5"), total, day) == Money(Decimal("5.02"), "EUR")
    assert together(knowledge(GBP="0.5"), total, day) is None
    assert together(knowledge(), Total(0, {}), day) == Money(Decimal("0.00"), "EUR")
