"""Custom fields of every kind in conditions, texts, recipients and dates."""

from typing import Any

import pytest
from automation.checking import check_rule_set
from automation.conditions import read_condition
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.knowledge import Knowledge
from automation.people import resolve
from automation.templates import compile_text
from automation.testing import NOW, TYPES, contact, deal, facts, pipeline, record, rule, rules, shop
from automation.vocabulary import Vocabulary
from contracts.config import Pipeline
from contracts.rules import Rule, RuleSet
from hypothesis import given
from hypothesis import strategies as st

FIELDS: list[dict[str, Any]] = [
    {"key": "tags", "kind": "choices", "choices": ["oak", "pine", "sale"]},
    {"key": "courier", "kind": "person"},
    {"key": "team", "kind": "person", "multiple": True},
    {"key": "plan", "kind": "file"},
    {"key": "where", "kind": "address"},
    {"key": "sizes", "kind": "integer", "multiple": True},
    {"key": "visits", "kind": "date", "multiple": True},
    {"key": "payments", "kind": "money", "multiple": True},
]
DEAL = {**TYPES[0], "fields": [*TYPES[0]["fields"], *FIELDS]}
KNOWN: Knowledge = shop(extra=(record("type", "deal", DEAL),))
HOME = {"street": "Rua A 1", "city": "Porto", "postal_code": "4000-001"}


def known(**fields: Any) -> Facts:
    return facts(deal(**fields), knowledge=KNOWN)


HOLDS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"tags": ["oak", "sale"]}, {"contains": "sale"}, True),
    ({"tags": ["oak", "sale"]}, {"contains": "pine"}, False),
    ({"tags": ["oak", "sale"]}, {"equals": ["sale", "oak"]}, True),
    ({"tags": ["oak", "sale"]}, {"equals": ["oak"]}, False),
    ({"tags": ["oak"]}, {"differs": ["pine"]}, True),
    ({"tags": ["oak", "sale"]}, {"in": ["pine", "sale"]}, True),
    ({"tags": ["oak"]}, {"in": ["pine"]}, False),
    ({}, {"empty": True}, True),
    ({"sizes": [3, 40]}, {"contains": 40}, True),
    ({"sizes": [3, 40]}, {"contains": 4}, False),
    ({"visits": ["2026-05-01"]}, {"contains": "2026-05-01"}, True),
    ({"payments": ["100.00 EUR", "5 EUR"]}, {"contains": "100 EUR"}, True),
    ({"courier": "leo"}, {"equals": "leo"}, True),
    ({"courier": "leo"}, {"in": ["ann", "eva"]}, False),
    ({"team": ["leo", "eva"]}, {"contains": "eva"}, True),
    ({"where": HOME}, {"contains": "porto"}, True),
    ({"where": HOME}, {"contains": "lisboa"}, False),
]


@pytest.mark.req("C10")
@pytest.mark.parametrize(("fields", "comparison", "holds"), HOLDS)
def test_conditions_compare_custom_fields_of_every_kind(
    fields: dict[str, Any], comparison: dict[str, Any], *, holds: bool
) -> None:
    name = next(iter(fields), "tags")
    condition = read_condition({"field": f"item.{name}", **comparison})
    assert condition.weigh(known(**fields)).value is holds


def test_a_part_of_an_address_or_of_a_person_is_compared_alone() -> None:
    there = known(where=HOME, courier="leo")
    for path, value in (("item.where.city", "Porto"), ("item.courier.name", "Leo"), ("item.courier.role", "warehouse")):
        assert read_condition({"field": path, "equals": value}).weigh(there).value is True
    assert there.get("item.where.country") is EMPTY
    assert there.get("item.team.name") is EMPTY
    assert there.get("item.amount.size") is EMPTY
    assert known(team=["eva", "leo"]).get("item.team.name") == "Eva"
    assert known(courier="gone").get("item.courier.name") is EMPTY


def test_several_values_have_no_order_and_stay_unknown() -> None:
    verdict = read_condition({"field": "item.sizes", "greater": 3}).weigh(known(sizes=[1, 9]))
    assert verdict.value is None
    assert verdict.seen == {"item.sizes": [1, 9]}


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=6), st.integers(-100, 100))
def test_a_list_contains_what_is_in_it_and_equals_itself_in_any_order(values: list[int], one: int) -> None:
    there = known(sizes=values)
    assert read_condition({"field": "item.sizes", "contains": one}).weigh(there).value is (one in values)
    assert read_condition({"field": "item.sizes", "in": [one]}).weigh(there).value is (one in values)
    assert read_condition({"field": "item.sizes", "equals": values[::-1]}).weigh(there).value is True


TEXTS = [
    ("To {{ item.where }}", "To Rua A 1, Porto, 4000-001"),
    ("In {{ item.where.city }}", "In Porto"),
    ("In {{ item.where.city | upcase }}", "In PORTO"),
    ("To {{ item.where | upcase }}", "To RUA A 1, PORTO, 4000-001"),
    ("By {{ item.courier.name }}", "By Leo"),
    ("By {{ item.courier.name | default: 'nobody' }}", "By Leo"),
    ("By {{ item.courier | upcase }}", "By LEO"),
    ("By {{ item.courier.phone | default: 'no phone' }}", "By no phone"),
    ("{{ item.tags }}", "oak, sale"),
    ("{{ item.tags | upcase }}", "OAK, SALE"),
    ("{{ item.tags | join: ' and ' }}", "oak and sale"),
    ("{% for tag in item.tags %}[{{ tag }}]{% endfor %}", "[oak][sale]"),
    ("{% for one in item.team %}{{ one.name }} {% endfor %}", "Leo Eva "),
    ("{% if item.courier == 'leo' %}yes{% endif %}", "yes"),
    ("{{ item.responsible.name }} for {{ item.sizes }}", "Ann for 3, 40"),
]


@pytest.mark.req("C10", "C5")
@pytest.mark.parametrize(("text", "written"), TEXTS)
def test_texts_name_custom_fields_and_their_parts(text: str, written: str) -> None:
    there = known(where=HOME, courier="leo", tags=["oak", "sale"], team=["leo", "eva"], sizes=[3, 40])
    assert compile_text(text).render(there) == written


@pytest.mark.req("C6")
def test_whoever_a_field_names_is_found_when_the_rule_runs() -> None:
    (one,) = resolve("item.courier", known(courier="leo"), NOW, "email").recipients
    assert (one.whom, one.address) == ("person:leo", "leo@shop.example")
    both = resolve("item.team", known(team=["leo", "eva", "leo"]), NOW, "email")
    assert [recipient.whom for recipient in both.recipients] == ["person:leo", "person:eva"]
    assert both.seen["item.team"] == ["leo", "eva", "leo"]
    (nobody,) = resolve("item.courier", known(), NOW, "email").recipients
    assert nobody.missing == "item.courier is empty"


def test_a_contact_with_several_phones_is_reached_on_the_first() -> None:
    many = contact(phone=["+351910000007", "+351910000008"])
    (one,) = resolve("contact", facts(deal(to=(many,)), many), NOW, "phone").recipients
    assert one.address == "+351910000007"


FINE = [
    {"field": "item.tags", "contains": "oak"},
    {"field": "item.sizes", "in": [1, 2]},
    {"field": "item.courier", "equals": "leo"},
    {"field": "item.courier.name", "contains": "Le"},
    {"field": "item.where.city", "in": ["Porto"]},
    {"field": "item.visits", "empty": False},
    {"field": "item.plan", "empty": False},
    {"field": "item.where", "contains": "Porto"},
    {"field": "item.tags", "changed": True},
]
WRONG = [
    ({"field": "item.sizes", "greater": 3}, "item.sizes holds several values"),
    ({"field": "item.visits", "before": "2026-01-01"}, "item.visits holds several values"),
    ({"field": "item.courier", "greater": 3}, "item.courier is of kind person"),
    ({"field": "item.courier.size", "equals": 3}, "a value of kind person has no such part"),
    ({"field": "item.where.house", "equals": 3}, "a value of kind address has no such part"),
    ({"field": "item.amount.currency", "equals": "EUR"}, "a value of kind money has no such part"),
    ({"field": "item.sizes", "contains": "wide"}, "not a value of kind integer"),
]


def messages(one: Rule) -> list[str]:
    rule_set, shape = rules(one).record(), pipeline().record()
    assert isinstance(rule_set, RuleSet)
    assert isinstance(shape, Pipeline)
    return [finding.message for finding in check_rule_set(rule_set, shape, KNOWN)]


@pytest.mark.parametrize("condition", FINE)
def test_a_comparison_that_the_kind_has_is_accepted(condition: dict[str, Any]) -> None:
    assert messages(rule("one", when=condition)) == []


@pytest.mark.parametrize(("condition", "words"), WRONG)
def test_a_comparison_that_the_kind_lacks_is_refused_when_it_is_saved(condition: dict[str, Any], words: str) -> None:
    (message,) = messages(rule("one", when=condition))
    assert words in message


def test_nobody_is_named_by_an_amount_and_nothing_is_due_on_several_dates() -> None:
    (nobody,) = messages(rule("one", {"create-task": {"to": "item.amount", "title": "Go"}}))
    assert nobody == "item.amount is of kind money, which names nobody"
    assert messages(rule("one", {"create-task": {"to": "item.team", "title": "{{ item.courier.name }}"}})) == []
    (when,) = messages(rule("one", timing={"before": "item.visits"}))
    assert when == "item.visits holds several dates, and it must be one"


def test_a_vocabulary_knows_what_holds_several_values() -> None:
    shape = pipeline().record()
    assert isinstance(shape, Pipeline)
    words = Vocabulary(shape, KNOWN)
    held = ("item.tags", "item.team", "item.sizes", "item.courier", "item.where.city", "signal.any", "responsible.name")
    assert [words.multiple(path) for path in held] == [True, True, True, False, False, False, False]
    with pytest.raises(DocumentError):
        words.kind("item.where.city.name")
