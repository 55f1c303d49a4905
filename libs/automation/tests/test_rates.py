"""Rates: what money is worth on a day, and conditions that compare two currencies by it."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from automation.conditions import Verdict, read_condition
from automation.dispatching import Closed, decide
from automation.facts import Facts
from automation.planning import plan_entry
from automation.rates import NoRate, Rates, rates_of
from automation.testing import CAUSE, NOW, at, deal, entry, facts, record, rule, shop
from contracts.config import ConfigChanged, Rate
from contracts.money import Money
from hypothesis import given
from hypothesis import strategies as st

MONDAY = date(2026, 3, 2)
Truth = bool | None
LARGE = {"field": "item.amount", "greater": "1000 EUR"}


def rate(currency: str, to: str, on: str, value: str) -> Rate:
    """Make a rate."""
    return Rate(currency=currency, to=to, on=date.fromisoformat(on), rate=Decimal(value))


def stored(*rates: Rate) -> tuple[ConfigChanged, ...]:
    """Give rates as crm-api announces them."""
    return tuple(record("rate", f"{one.currency}/{one.on}", one.model_dump(mode="json")) for one in rates)


def weigh(doc: dict[str, Any], *rates: Rate, amount: str = "1100 USD", day: str = "2026-03-02T10:00") -> Verdict:
    """Weigh a condition on a deal of this amount."""
    return read_condition(doc).weigh(seen(*rates, amount=amount, day=day))


def seen(*rates: Rate, amount: str, day: str) -> Facts:
    """Give the facts about a deal of this amount, at a moment, with these rates."""
    return facts(deal(amount=amount), knowledge=shop(extra=stored(*rates)), now=at(day))


BOOK = (
    rate("USD", "EUR", "2026-01-01", "0.95"),
    rate("USD", "EUR", "2026-03-01", "0.90"),
    rate("USD", "EUR", "2026-03-03", "0.80"),
    rate("EUR", "JPY", "2026-02-01", "160"),
)


@pytest.mark.parametrize(
    ("money", "to", "day", "amount", "by"),
    [
        ("100 EUR", "EUR", "2026-03-02", "100", []),
        ("100 USD", "EUR", "2026-03-02", "90", ["2026-03-01"]),
        ("100 USD", "EUR", "2026-03-03", "80", ["2026-03-03"]),
        ("100 USD", "EUR", "2026-02-28", "95", ["2026-01-01"]),
        ("90 EUR", "USD", "2026-03-02", "100", ["2026-03-01"]),
        ("320 JPY", "EUR", "2026-03-02", "2", ["2026-02-01"]),
        ("100 USD", "JPY", "2026-03-02", "14400", ["2026-03-01", "2026-02-01"]),
    ],
)
def test_money_is_worth_what_the_latest_rate_of_the_day_says(
    money: str, to: str, day: str, amount: str, by: list[str]
) -> None:
    worth = Rates(BOOK, "EUR").convert(Money.read(money), to, date.fromisoformat(day))
    assert (worth.amount, worth.currency) == (Fraction(amount), to)
    assert [one.on.isoformat() for one in worth.by] == by


@pytest.mark.parametrize(("currency", "day"), [("GBP", MONDAY), ("USD", date(2025, 12, 31)), ("USD", None)])
def test_without_a_rate_on_or_before_the_day_nothing_is_guessed(currency: str, day: date | None) -> None:
    with pytest.raises(NoRate, match=f"no rate between {currency} and EUR"):
        Rates(BOOK, "EUR").convert(Money(Decimal(1), currency), "EUR", day)


def test_of_a_rate_and_an_inverse_one_the_younger_holds_and_of_one_day_the_direct_one() -> None:
    money, direct = Money.read("100 USD"), rate("USD", "EUR", "2026-03-01", "0.9")
    younger, same = rate("EUR", "USD", "2026-03-02", "1.25"), rate("EUR", "USD", "2026-03-01", "1.25")
    assert Rates((direct, younger), "EUR").convert(money, "EUR", MONDAY).amount == 80
    assert Rates((direct, same), "EUR").convert(money, "EUR", MONDAY).amount == 90


@given(
    st.decimals("0.000001", "1000000", places=6, allow_nan=False),
    st.decimals("-1000000", "1000000", places=2, allow_nan=False),
)
def test_there_and_back_is_exactly_the_same(value: Decimal, amount: Decimal) -> None:
    rates = Rates((Rate(currency="USD", to="EUR", on=MONDAY, rate=value),), "EUR")
    there = rates.convert(Money(amount, "EUR"), "USD", MONDAY).amount
    assert there * Fraction(value) == Fraction(amount)


def test_a_new_rate_holds_in_the_next_view_and_not_in_the_one_before() -> None:
    before = shop(extra=stored(BOOK[0]))
    after = before.with_(stored(BOOK[1]))
    money = Money.read("100 USD")
    assert rates_of(before).convert(money, "EUR", MONDAY).amount == 95
    assert rates_of(after).convert(money, "EUR", MONDAY).amount == 90


@pytest.mark.req("C4")
@pytest.mark.parametrize(
    ("doc", "amount", "value"),
    [
        (LARGE, "1100 USD", False),
        (LARGE, "1200 USD", True),
        (LARGE, "1001 EUR", True),
        (LARGE, "160001 JPY", True),
        (LARGE, "160000 JPY", False),
        (LARGE, "5000 GBP", None),
        ({"field": "item.amount", "equals": "90 EUR"}, "100 USD", True),
        ({"field": "item.amount", "differs": "90 EUR"}, "100 USD", False),
        ({"field": "item.amount", "in": ["1 EUR", "16000 JPY"]}, "100 EUR", True),
        ({"field": "item.amount", "between": ["89 EUR", "14400 JPY"]}, "100 USD", True),
        ({"field": "item.amount", "smaller": "100.01 USD"}, "100 USD", True),
        ({"field": "item.amount", "smaller": 90}, "100 USD", False),
    ],
)
def test_amounts_of_two_currencies_compare_in_the_portals(doc: dict[str, Any], amount: str, value: Truth) -> None:
    assert weigh(doc, *BOOK, amount=amount).value is value


@pytest.mark.req("C4")
def test_the_rate_and_its_date_are_among_the_values_seen() -> None:
    assert weigh(LARGE, *BOOK).seen == {
        "item.amount": "1100 USD",
        "rate.USD/EUR": {"rate": "0.90", "on": "2026-03-01"},
    }
    assert weigh(LARGE, *BOOK, amount="1100 EUR").seen == {"item.amount": "1100 EUR"}
    assert weigh(LARGE, *BOOK, amount="5 JPY").seen["rate.EUR/JPY"] == {"rate": "160", "on": "2026-02-01"}


def test_a_reason_names_the_rate() -> None:
    words = read_condition(LARGE).explain(seen(*BOOK, amount="1100 USD", day="2026-03-02T10:00"))
    assert words == "item.amount is 1100 USD, must be greater than 1000 EUR (rate.USD/EUR: 0.90 of 2026-03-01)"


def test_nothing_is_rounded_before_it_is_compared() -> None:
    third = rate("EUR", "USD", "2026-03-01", "3")
    doc = {"field": "item.amount", "greater": "33.3333333 EUR"}
    assert weigh(doc, third, amount="100 USD").value is True
    assert weigh({"field": "item.amount", "equals": "33.33333333 EUR"}, third, amount="100 USD").value is False


def test_the_day_is_the_portals() -> None:
    tokyo = record("portal", "portal", {"zone": "Asia/Tokyo"})
    known = facts(deal(), knowledge=shop(extra=(tokyo,)), now=at("2026-03-02T20:00"))
    assert known.day == date(2026, 3, 3)
    assert facts(deal()).day is None


@pytest.mark.req("C4")
def test_a_rule_without_a_rate_is_skipped_as_unknown_and_runs_with_one() -> None:
    of = rule(
        "large",
        {"send-sms": {"text": "hello", "to": "responsible"}},
        when={"field": "item.amount", "greater": "1000 USD"},
    )
    (planned,) = plan_entry(entry(deal()), shop(of), CAUSE, NOW)
    item = deal(amount="950 EUR")
    without = decide(planned, of, facts(item, knowledge=shop(of)), shop(of), NOW)
    assert isinstance(without, Closed)
    assert without.row.state == "skipped"
    assert without.row.reason.startswith("unknown: item.amount is 950 EUR, must be greater than 1000 USD (no rate")
    knowledge = shop(of, extra=stored(*BOOK))
    decided = decide(planned, of, facts(item, knowledge=knowledge), knowledge, NOW)
    assert decided.row.state == "dispatched"
    assert decided.row.seen["rate.USD/EUR"] == {"rate": "0.90", "on": "2026-03-01"}
