"""Filters in texts: whatever clients have written ends in a text or in words, and nothing counts as something."""

from decimal import Decimal
from typing import Any

import pytest
from automation.facts import Facts
from automation.papers.engines import liquid
from automation.sandbox import LONGEST_TEXT, SANDBOX, PlaceholderEmpty
from automation.templates import Template, TemplateFailed, compile_text
from automation.testing import contact, deal, facts, shop
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid.exceptions import LiquidError

SHOP = shop()


def known(**fields: Any) -> Facts:
    return facts(deal(to=(contact(),), **fields), contact(), knowledge=SHOP)


def rendered(text: str, **fields: Any) -> str:
    return compile_text(text).render(known(**fields))


def outcome(text: Template, value: Any) -> str:
    """Give a text behind a sign, or the words for why there is none; any other error is one."""
    try:
        return f">{text.render(known(value=value))}"
    except (TemplateFailed, PlaceholderEmpty) as error:
        return str(error)


# What people, machines and mischief leave in fields.
WRITTEN: list[Any] = [
    "nan",
    "-1e999",
    "9" * 4000,
    "9" * 5000,
    "/w==",
    "é\u2028\x00",
    "%zz",
    0.5,
    1e308,
    10**300,
    ["a", 1, None],
    [{"n": "x"}, {"m": 2}],
    {"street": "Rua"},
]
ARGUMENTS = ["", ": item.value", ": 0.0", ": 'x', 'y'", ": 99999999999"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", sorted(SANDBOX.filters))
def test_a_filter_makes_a_text_of_any_value_or_says_that_it_cannot(name: str) -> None:
    texts = [compile_text(f"{{{{ item.value | {name}{argument} }}}}") for argument in ARGUMENTS]
    for text in texts:
        for value in WRITTEN:
            assert 0 < len(outcome(text, value)) <= LONGEST_TEXT + 1


@pytest.mark.parametrize(
    "text",
    [
        "{% for n in (1..item.value) %}x{% endfor %}",
        "{% for one in item.value limit: item.value %}x{% endfor %}",
        "{% if item.value > 5 %}more{% endif %}",
        "{% case item.value %}{% when 5 %}five{% endcase %}",
        "{{ item.value[item.value] }}",
    ],
)
def test_a_loop_or_a_branch_ends_whatever_it_is_given(text: str) -> None:
    for value in WRITTEN:
        assert 0 < len(outcome(compile_text(text), value)) <= LONGEST_TEXT + 1


SUMS = ["plus", "minus", "times", "divided_by", "modulo", "at_least", "at_most"]
ALONE = ["abs", "ceil", "floor", "round"]


@pytest.mark.parametrize(
    "text",
    [
        *(f"{{{{ item.nothing | {name}: 5 }}}}" for name in SUMS),
        *(f"{{{{ item.pieces | {name}: item.nothing }}}}" for name in SUMS),
        *(f"{{{{ item.nothing | {name} }}}}" for name in ALONE),
        "{{ item.pieces | plus: 1 | round: item.nothing }}",
        "{{ item.nothing | join: ', ' }}",
        "{% assign total = item.nothing | times: 2 %}{{ total }}",
    ],
)
def test_nothing_is_not_counted_as_nought(text: str) -> None:
    with pytest.raises(PlaceholderEmpty) as failed:
        rendered(text, pieces=3)
    assert failed.value.name == "item.nothing"
    assert rendered(text.replace("item.nothing", "item.there"), pieces=3, there=2)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{ item.nothing | default: 0 | plus: 5 }}", "5"),
        ("{{ item.nothing | size }}", "0"),
        ("{% if item.nothing > 5 %}a{% else %}b{% endif %}", "b"),
        ("{{ item.zero | plus: 5 }}", "5"),
        ("{{ item.zero | default: 7 }}", "0"),
        ("{{ item.no | default: 'unset' }}", "unset"),
        ("{{ item.no | default: 'unset', allow_false: true }}", "false"),
        ("{{ item.nothing | default: item.none | default: 'x' }}", "x"),
    ],
)
def test_what_may_be_missing_says_so(text: str, written: str) -> None:
    assert rendered(text, zero=0, no=False) == written


LONGER, DIGITS, LIMIT = "would be longer than", "too many digits", "limit reached"
GROWN = [
    ("{{ 'xx'" + " | base64_encode" * 50 + " }}", LONGER),
    ("{{ 'xx'" + " | base64_url_safe_encode" * 50 + " }}", LONGER),
    ("{% assign n = 99999999 %}" + "{% assign n = n | times: n %}" * 16 + "{{ n | modulo: 7 }}", DIGITS),
    ("{{ item.long" + " | times: item.long" * 5 + " | modulo: 7 }}", DIGITS),
    (
        "{% assign a = 'a,b' | split: ',' %}{% for i in (1..60) %}{% assign a = a | concat: a %}{% endfor %}",
        LIMIT,
    ),
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("text", "words"), GROWN, ids=range(len(GROWN)))
def test_what_grows_with_each_filter_is_stopped(text: str, words: str) -> None:
    with pytest.raises(TemplateFailed, match=words):
        rendered(text, long="9" * 4000)
    with pytest.raises(LiquidError, match=words):
        liquid("en", "UTC", html=True).from_string(text).render({"item": {"long": "9" * 4000}})


@settings(max_examples=60, deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_whole_numbers_are_worked_out_as_they_are(one: int, other: int) -> None:
    text = "{{ item.a | plus: item.b }} {{ item.a | minus: item.b }} {{ item.a | times: item.b }} {{ item.a | abs }}"
    assert rendered(text, a=one, b=other) == f"{one + other} {one - other} {one * other} {abs(one)}"
    assert rendered(text, a=str(one), b=str(other)) == f"{one + other} {one - other} {one * other} {abs(one)}"
    assert rendered("{{ item.a | at_least: item.b }} {{ item.a | at_most: item.b }}", a=one, b=other) == (
        f"{max(one, other)} {min(one, other)}"
    )


@pytest.mark.parametrize(
    "name",
    ["compact", "first", "last", "map: 'n'", "reverse", "sort", "sort_natural", "sum", "uniq", "where: 'n', 'x'"],
)
def test_a_list_that_is_missing_is_not_written_as_nothing(name: str) -> None:
    with pytest.raises(PlaceholderEmpty) as failed:
        rendered(f"{{{{ item.nothing | {name} }}}}")
    assert failed.value.name == "item.nothing"
    asked = f"{{{{ item.nothing | {name} | default: 'none' }}}}"
    looped = f"{{% assign found = item.nothing | {name} %}}{{% for one in found %}}x{{% endfor %}}"
    assert rendered(asked + looped) == "none"


@pytest.mark.parametrize("name", ["where: 'n', item.nothing", "map: item.nothing", "concat: item.nothing | join"])
def test_a_list_is_not_worked_with_by_what_is_missing(name: str) -> None:
    with pytest.raises(PlaceholderEmpty) as failed:
        rendered(f"{{{{ item.there | {name} }}}}", there=[{"n": "x"}])
    assert failed.value.name == "item.nothing"


@pytest.mark.parametrize("name", ["first", "last", "find: 'n', 'z'"])
def test_what_is_not_found_in_a_list_is_not_written_as_nothing(name: str) -> None:
    text = f"{{{{ item.there | where: 'n', 'z' | {name} }}}}"
    with pytest.raises(PlaceholderEmpty, match="give it a default"):
        rendered(text, there=[{"n": "x"}])
    assert rendered(text.replace(" }}", " | default: 'none' }}"), there=[{"n": "x"}]) == "none"
    assert rendered("{% assign f = item.there | first %}{{ f.n }}", there=[{"n": "x"}]) == "x"


@pytest.mark.parametrize("value", ["900 EUR", "much", "", "1,5", ["5"], "nan", "inf"])
@pytest.mark.parametrize("name", ["times: 2", "plus: 1", "round", "at_most: 5"])
def test_what_is_no_number_is_not_counted_as_nought(name: str, value: Any) -> None:
    told = "has no value" if value == "" else "is no number; money and dates are worked out by `calculate`"
    with pytest.raises((TemplateFailed, PlaceholderEmpty), match=told):
        rendered(f"{{{{ item.value | {name} }}}}", value=value)
    with pytest.raises(TemplateFailed, match="is no number"):
        rendered("{{ 5 | minus: item.value }}", value=value or "x")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{ 2.5 | round }} {{ -2.5 | round }} {{ 0.5 | round }} {{ -0.4 | round }}", "3 -3 1 0"),
        ("{{ 1.005 | round: 2 }} {{ '2.345' | round: 2 }} {{ 7 | round: 2 }}", "1.01 2.35 7"),
        ("{{ 1.5 | round: 99999999999 }} {{ 12 | round: -1 }} {{ -0.001 | round: 2 }}", "1.5 0 0.0"),
    ],
)
def test_numbers_are_rounded_half_up_as_in_formulas(text: str, written: str) -> None:
    assert rendered(text) == written


def test_an_exact_number_is_one_too() -> None:
    assert compile_text("{{ var.rate | times: 2 }}").render(facts(deal(), variables={"rate": Decimal("7.5")})) == "15.0"


PRICES = ["1000 EUR", "-3 EUR", "900 EUR"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{ item.list | sort | join: ', ' }}", "-3 EUR, 900 EUR, 1000 EUR"),
        ("{{ item.list | sort_natural | first }}", "-3 EUR"),
        ("{{ item.records | sort: 'price' | map: 'n' | join }}", "1 2 0 3"),
    ],
)
def test_money_is_sorted_by_its_amount_and_what_has_none_comes_last(text: str, written: str) -> None:
    records: list[dict[str, Any]] = [{"n": n, "price": price} for n, price in enumerate(PRICES)]
    assert rendered(text, list=PRICES, records=[*records, {"n": 3}]) == written


@pytest.mark.parametrize("other", ["5 USD", "much", 5])
@pytest.mark.parametrize("name", ["sort", "sort_natural"])
def test_money_of_several_currencies_is_not_sorted_since_texts_know_no_rates(name: str, other: Any) -> None:
    records = [{"price": price} for price in (*PRICES, other)]
    for text in (f"{{{{ item.list | {name} }}}}", f"{{{{ item.records | {name}: 'price' }}}}"):
        with pytest.raises(TemplateFailed, match="in several currencies, or beside what is no money, has no order"):
            rendered(text, list=[*PRICES, other], records=records)


@pytest.mark.parametrize("text", ["{{ item.list | sum }}", "{{ item.records | sum: 'price' }}"])
def test_money_is_not_summed_as_if_it_were_nought(text: str) -> None:
    with pytest.raises(TemplateFailed, match="cannot be rendered"):
        rendered(text, list=PRICES, records=[{"price": price} for price in PRICES])
