"""Conditions where it gets narrow: values that nobody knows yet, are empty on the other side, or are out of measure."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from automation.conditions import read_condition
from automation.documents import DocumentError
from automation.facts import Facts
from automation.paths import ANY_ITEM
from automation.testing import NOW, TYPES, contact, deal, facts, named, pipeline, record, shop
from automation.triggers import fitting
from contracts.config import ConfigChanged, Rate
from contracts.items import SignalSeen
from contracts.signals import Signal
from hypothesis import given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
Truth = bool | None
DOLLARS = Rate(currency="USD", to="EUR", on=date(2026, 3, 1), rate=Decimal("0.5"))
FIELDS = [{"key": "payments", "kind": "money", "multiple": True}, {"key": "limit", "kind": "money"}]
TYPE = record("type", "deal", {**TYPES[0], "fields": [*TYPES[0]["fields"], *FIELDS]})
KNOWN = shop(extra=(TYPE, record("rate", "usd", DOLLARS.model_dump(mode="json"))))
SEEN_RATE = {"rate.USD/EUR": {"rate": "0.5", "on": "2026-03-01"}}


def known(**fields: Any) -> Facts:
    return facts(deal(to=(contact(),), **fields), contact(), knowledge=KNOWN, now=NOW)


def weigh(doc: Json, **fields: Any) -> Truth:
    return read_condition(doc).weigh(known(**fields)).value


# --- before the item of a signal is found ---

BEFORE_IT_IS_FOUND: list[tuple[Json, Truth]] = [
    ({"field": "signal.from", "equals": {"field": "contact.email"}}, None),
    ({"field": "signal.from", "differs": {"field": "contact.email"}}, None),
    ({"field": "signal.from", "contains": {"field": "item.title"}}, None),
    ({"field": "signal.total", "greater": {"field": "item.amount"}}, None),
    ({"field": "signal.total", "smaller": {"field": "item.amount"}}, None),
    ({"field": "item.title", "equals": {"field": "signal.from"}}, None),
    ({"not": {"field": "signal.from", "equals": {"field": "responsible.email"}}}, None),
    ({"field": "signal.none", "equals": {"field": "item.title"}}, False),
    ({"field": "signal.none", "differs": {"field": "item.title"}}, True),
    ({"field": "signal.from", "equals": {"field": "signal.none"}}, False),
    ({"field": "signal.kind", "equals": "email.received"}, True),
]


@pytest.mark.parametrize(("doc", "value"), BEFORE_IT_IS_FOUND)
def test_what_compares_with_an_item_that_is_not_found_yet_is_unknown(doc: Json, value: Truth) -> None:
    payload = {"from": "maria@example.org", "total": "50 EUR"}
    signal = SignalSeen(id=named("s"), kind="email.received", happened_at=NOW, payload=payload)
    verdict = read_condition(doc).weigh(Facts(ANY_ITEM, (), KNOWN, signal=signal))
    assert verdict.value is value
    assert set(map(type, verdict.seen.values())) <= {str, type(None)}


def test_a_trigger_that_compares_its_signal_with_the_item_is_not_dismissed_before_the_item_is_found() -> None:
    when = {"field": "signal.from", "equals": {"field": "contact.email"}}
    answered = {"id": str(named("a")), "key": "a", "on": "email.received", "when": when}
    knowledge = shop(extra=(pipeline(triggers={"documents": [answered]}),))
    payload = {"from": "maria@example.org"}
    signal = Signal(id=named("s"), kind="email.received", source="box", happened_at=NOW, payload=payload)
    assert [one.stage for one in fitting(signal, knowledge)] == ["documents"]


def test_why_says_which_side_is_not_known() -> None:
    doc = {"field": "signal.from", "equals": {"field": "item.title"}}
    signal = SignalSeen(id=named("s"), kind="form.submitted", happened_at=NOW, payload={"from": "x"})
    words = read_condition(doc).explain(Facts(ANY_ITEM, (), KNOWN, signal=signal))
    assert words == "signal.from is x, must be item.title (item.title is not known here)"


# --- the other side is empty ---


@pytest.mark.parametrize(
    ("comparison", "value"),
    [("equals", False), ("differs", True), ("contains", False), ("greater", False), ("smaller", False)],
)
@pytest.mark.parametrize("limit", [None, "", []])
def test_what_is_compared_with_nothing_differs_from_it_and_nothing_else(
    comparison: str, limit: Any, *, value: bool
) -> None:
    doc = {"field": "item.amount", comparison: {"field": "item.limit"}}
    assert weigh(doc, amount="5 EUR", limit=limit) is value
    # Nothing and nothing are not equal, for comparing an empty field is false; and they differ.
    assert weigh(doc, limit=limit) is (comparison == "differs")


def test_what_became_filled_or_empty_has_changed_and_what_stayed_empty_has_not() -> None:
    def changed(before: Any, after: Any) -> Truth:
        now = facts(deal(colour=after), before=deal(colour=before))
        one, other = (read_condition({"field": "item.colour", "changed": x}).weigh(now) for x in (True, False))
        assert one.value is not other.value
        assert one.seen == {"item.colour": after or None}
        return one.value

    assert [changed(None, "red"), changed("red", None), changed("red", "blue")] == [True] * 3
    assert [changed(None, None), changed("", None), changed([], ""), changed("red", "red")] == [False] * 4
    moved = facts(deal(stage="paid", responsible="rui"), before=deal())
    for name, value in (("stage", True), ("responsible", True), ("title", False)):
        assert read_condition({"field": f"item.{name}", "changed": True}).weigh(moved).value is value


# --- rates by which it was compared are told, however the amount is written ---


@pytest.mark.parametrize(
    ("fields", "doc", "value", "seen"),
    [
        ({"amount": 5}, {"field": "item.amount", "equals": "10 USD"}, True, SEEN_RATE),
        ({"amount": 5.5}, {"field": "item.amount", "smaller": "10 USD"}, False, SEEN_RATE),
        ({"amount": "5"}, {"field": "item.amount", "between": ["8 USD", 5]}, True, SEEN_RATE),
        ({"payments": ["1 EUR", "5 EUR"]}, {"field": "item.payments", "contains": "10 USD"}, True, SEEN_RATE),
        ({"payments": ["1 EUR", "10 USD"]}, {"field": "item.payments", "in": ["5 EUR"]}, True, SEEN_RATE),
        ({"payments": ["1 EUR", "5 EUR"]}, {"field": "item.payments", "contains": "5 EUR"}, True, {}),
        ({"amount": 5}, {"field": "item.amount", "equals": "5.00 EUR"}, True, {}),
        ({"amount": 5}, {"field": "item.amount", "empty": False}, True, {}),
        ({}, {"field": "item.amount", "equals": "10 USD"}, False, {}),
    ],
)
def test_the_rate_is_seen_wherever_one_was_used(fields: Json, doc: Json, *, value: bool, seen: Json) -> None:
    verdict = read_condition(doc).weigh(known(**fields))
    path = doc["field"]
    assert verdict.value is value
    assert verdict.seen == {path: fields.get(path.removeprefix("item.")), **seen}


# --- ends that have no order are refused when the rule is saved ---


@pytest.mark.parametrize(
    ("comparison", "wanted"),
    [
        ("greater", [1, 2]),
        ("smaller", ["5 EUR"]),
        ("greater", True),
        ("smaller", "5"),
        ("between", [1, "much"]),
        ("between", [1, {"field": "item.limit"}]),
        ("between", [True, 5]),
        ("between", [1, [2]]),
        ("before", ["2026-01-01"]),
        ("after", 5),
    ],
)
def test_an_end_without_an_order_is_refused(comparison: str, wanted: Any) -> None:
    with pytest.raises(DocumentError) as refused:
        read_condition({"field": "results.sum.value", comparison: wanted})
    assert refused.value.path == f"when.{comparison}"
    assert refused.value.fix


# --- values out of all measure are unknown, and cost nothing ---

HUGE = ["1e999999999", "-1E+999999999", "1e-999999999", "NaN", "-Infinity", "sNaN"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("written", HUGE)
@pytest.mark.parametrize(
    "doc",
    [
        {"field": "signal.total", "greater": "100 USD"},
        {"field": "signal.total", "in": ["1 EUR", "100 USD"]},
        {"field": "signal.total", "equals": 5},
        {"field": "signal.total", "between": [1, "5 USD"]},
    ],
)
def test_a_number_that_nobody_can_count_to_is_unknown(doc: Json, written: str) -> None:
    signal = SignalSeen(id=named("s"), kind="form.submitted", happened_at=NOW, payload={"total": written})
    here = facts(deal(), knowledge=KNOWN, signal=signal, now=NOW)
    assert read_condition(doc).weigh(here).value is None
    assert "is not a value of kind" in read_condition(doc).explain(here)


@pytest.mark.parametrize("value", [1e308, -1e308, 10**400, 5e-324])
def test_large_numbers_that_fields_can_hold_are_compared(value: float) -> None:
    assert weigh({"field": "item.pieces", "greater": 3}, pieces=value) is (value > 3)
    assert weigh({"field": "item.pieces", "equals": value}, pieces=value) is True


OUTSIDE = ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "2026-02-30", "2026-01-01T25:00"]


@pytest.mark.parametrize("value", OUTSIDE)
@pytest.mark.parametrize("comparison", ["before", "after"])
def test_a_moment_outside_the_calendar_is_unknown(comparison: str, value: str) -> None:
    assert weigh({"field": "item.payment_due", comparison: "2026-05-01"}, payment_due=value) is None
    assert weigh({"field": "item.payment_due", comparison: "0001-01-01"}, payment_due=value) is None


# --- dates are compared as moments of the portal's zone ---

WALLS = st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 31)).map(lambda one: one.replace(second=0, microsecond=0))  # noqa: DTZ001 - wall times


@settings(max_examples=60, deadline=None)
@given(WALLS, WALLS)
def test_of_two_moments_one_is_before_the_other_or_they_are_one(one: datetime, other: datetime) -> None:
    here, there, zone = one.isoformat(), other.isoformat(), facts(deal()).zone
    first, second = (wall.replace(tzinfo=zone).timestamp() for wall in (one, other))
    holds = {
        kind: weigh({"field": "item.payment_due", kind: there}, payment_due=here)
        for kind in ("before", "after", "equals")
    }
    assert holds == {"before": first < second, "after": first > second, "equals": first == second}


def stored(rate: Rate) -> ConfigChanged:
    return record("rate", f"{rate.currency}/{rate.on}", rate.model_dump(mode="json"))


def test_a_rate_of_the_day_of_the_portal_holds_and_not_tomorrows() -> None:
    tomorrow = stored(DOLLARS.model_copy(update={"on": date(2026, 3, 3), "rate": Decimal(5)}))
    doc = {"field": "item.amount", "greater": "4 EUR"}
    here = facts(deal(amount="8 USD"), knowledge=KNOWN.with_([tomorrow]), now=NOW)
    assert read_condition(doc).weigh(here).value is False
    auckland = record("portal", "portal", {"zone": "Pacific/Auckland"})
    there = facts(deal(amount="8 USD"), knowledge=KNOWN.with_([tomorrow, auckland]), now=NOW.replace(hour=12))
    assert read_condition(doc).weigh(there).value is True
