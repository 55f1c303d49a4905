"""Documents at their edges: halves of a cent, lists that are missing, moments that no clock shows."""

from typing import Any

import pytest
from automation.papers.engines import jinja, liquid
from automation.papers.wording import CannotWrite, filters
from automation.sandbox import PlaceholderEmpty


@pytest.mark.parametrize(
    ("name", "value", "given", "written"),
    [
        ("money", "2.345 EUR", (), "€2.35"),
        ("money", "-0.125 EUR", (), "-€0.13"),
        ("money", "0.5 JPY", (), "¥1"),
        ("money", "2.345", (), "2.35"),
        ("number", "2.5", (0,), "3"),
        ("number", "12345678901234567890123456789.25", (1,), "12,345,678,901,234,567,890,123,456,789.3"),
        ("number", "1e99", (9,), "1" + ",000" * 33 + "." + "0" * 9),
    ],
)
def test_half_of_the_last_digit_is_rounded_up_however_large_a_number_is(
    name: str, value: str, given: tuple[Any, ...], written: str
) -> None:
    assert filters("en", "UTC")[name](value, *given) == written


@pytest.mark.parametrize(
    ("value", "places", "written"), [("2.5", 0, "3"), ("2.345", 2, "2.35"), (-2.5, 0, "-3"), (7, 2, "7")]
)
def test_all_is_rounded_half_up_as_in_formulas(value: Any, places: int, written: str) -> None:
    context = {"n": value}
    assert liquid("en", "UTC", html=True).from_string(f"{{{{ n | round: {places} }}}}").render(context) == written
    assert float(jinja("en", "UTC").from_string(f"{{{{ n | round({places}) }}}}").render(context)) == float(written)


LISTED = ["sort", "reverse", "join", "list", "unique", "sum", "map('upper')", "select", "batch(2)", "first", "min"]


@pytest.mark.parametrize("name", LISTED)
def test_a_list_that_is_missing_is_not_written_as_an_empty_one(name: str) -> None:
    text = f"{{{{ item.gone | {name} }}}}"
    with pytest.raises(PlaceholderEmpty):
        jinja("en", "UTC").from_string(text).render({"item": {}})
    asked = text.replace(" }}", " | default('none') }}") + "{% for one in item.gone | sort %}x{% endfor %}"
    assert jinja("en", "UTC").from_string(asked).render({"item": {}}) == "none"


def test_a_moment_is_read_by_the_zone_where_it_names_no_other_and_one_beyond_the_calendar_is_none() -> None:
    tokyo = filters("en", "Asia/Tokyo")
    assert tokyo["day"]("2026-11-30T20:00") == "November 30, 2026"
    assert "8:00" in tokyo["moment"]("2026-11-30T20:00", "short")
    for name in ("day", "moment"):
        with pytest.raises(CannotWrite, match="is no date"):
            tokyo[name]("9999-12-31T23:30:00+00:00")


PRICES = ["1000 EUR", "-3 EUR", "900 EUR"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{ list | min }} {{ list | max }}", "-3 EUR 1000 EUR"),
        ("{{ list | sort | join(' ') }}", "-3 EUR 900 EUR 1000 EUR"),
        ("{{ list | sort(reverse=true) | first }}", "1000 EUR"),
        ("{{ (rows | max(attribute='price')).n }}", "0"),
        ("{{ rows | sort(attribute='price') | map(attribute='n') | join }}", "120"),
        ("{{ rows | sort(attribute='n') | map(attribute='n') | join }}", "012"),
    ],
)
def test_documents_put_money_in_order_by_its_amount(text: str, written: str) -> None:
    rows = [{"n": n, "price": price} for n, price in enumerate(PRICES)]
    assert jinja("en", "UTC").from_string(text).render({"list": PRICES, "rows": rows}) == written


@pytest.mark.parametrize("name", ["min", "max", "sort"])
def test_documents_put_money_of_several_currencies_in_no_order(name: str) -> None:
    with pytest.raises(CannotWrite, match="has no order in a text"):
        jinja("en", "UTC").from_string(f"{{{{ list | {name} }}}}").render({"list": [*PRICES, "5 USD"]})
