"""The catalogue: every action, signal and parameter is in it, in every language."""

from itertools import chain
from typing import Any

import pytest
from automation.actions import ACTIONS
from automation.conditions import COMPARISONS
from automation.conditions.tree import BRANCHES
from automation.paths import ITEM_ATTRIBUTES, PERSON_ATTRIBUTES
from automation.signal_kinds import SIGNAL_GROUPS, SIGNAL_KINDS
from automation.testing import record, shop
from automation.timing import TIMINGS
from crm_api.catalogue.contents import catalogue
from crm_api.catalogue.groups import AUXILIARY, FAMILIES
from crm_api.catalogue.placeholders import OF_PORTAL
from crm_api.catalogue.texts import LANGUAGES, texts
from crm_api.rules.pipelines import WrittenSettle, WrittenTrigger
from pydantic import BaseModel

LIMIT = record("constant", "ceiling", {"id": "ceiling", "name": {"en": "Limit", "pt": "Limite"}, "value": 5})
MODELS: list[type[BaseModel]] = [
    *(one.params for one in ACTIONS.values()),
    *TIMINGS.values(),
    WrittenTrigger,
    WrittenSettle,
]
PARAMETERS = {name for model in MODELS for name in model.model_fields if name != "key"}
NEEDED: dict[str, set[str]] = {
    "families": set(FAMILIES),
    "sorts": {"base", "auxiliary"},
    "actions": set(ACTIONS),
    "parameters": PARAMETERS,
    "timings": set(TIMINGS),
    "branches": set(BRANCHES),
    "comparisons": set(COMPARISONS),
    "groups": set(SIGNAL_GROUPS),
    "signals": set(SIGNAL_KINDS),
    "roots": {"item", "contact", "company", "responsible", "supervisor", "const", "portal"},
    "attributes": {*ITEM_ATTRIBUTES, *PERSON_ATTRIBUTES, *OF_PORTAL, "name"},
}


def of(language: str = "en", type_: str = "deal") -> Any:
    return catalogue(type_, shop(extra=(LIMIT,)), language)


@pytest.mark.req("K10")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_in_any_language_and_none_is_left_over(language: str) -> None:
    words = texts(language)
    assert set(words) == set(NEEDED)
    for section, keys in NEEDED.items():
        assert set(words[section]) == keys, section
    flat = chain.from_iterable(
        one.values() if isinstance(one, dict) else [one] for s in words.values() for one in s.values()
    )
    assert all(isinstance(text, str) and text.strip() for text in flat)


def test_the_languages_differ() -> None:
    titles = {language: of(language).families[0].title for language in LANGUAGES}
    assert len(set(titles.values())) == len(LANGUAGES)


@pytest.mark.req("A13", "A14")
def test_every_action_is_in_one_family_base_or_auxiliary() -> None:
    assert sorted(chain.from_iterable(FAMILIES.values())) == sorted(ACTIONS)
    assert set(ACTIONS) >= AUXILIARY
    told = {family.key: [one.key for one in family.actions] for family in of().families}
    assert list(told) == ["employee", "client", "advertising", "custom", "market"]
    assert told["client"] == ["send-sms", "send-email", "send-message", "make-call"]
    sorts = {one.key: one.sort for family in of().families for one in family.actions}
    assert {key for key, sort in sorts.items() if sort == "auxiliary"} == AUXILIARY


@pytest.mark.req("H11")
def test_every_signal_is_in_one_of_three_groups() -> None:
    assert sorted(chain.from_iterable(SIGNAL_GROUPS.values())) == sorted(SIGNAL_KINDS)  # each in one group only
    assert [group.title for group in of().groups] == ["Changes in the CRM", "Client communication", "Other"]


def test_an_editor_can_draw_the_form_of_an_action_from_its_schema() -> None:
    [sms] = [one for family in of("pt").families for one in family.actions if one.key == "send-sms"]
    assert (sms.title, sms.help) == ("Enviar um SMS", "Um texto curto para um telefone")
    shape = sms.parameters["properties"]
    assert shape["text"] == {"type": "string", "title": "Texto", "x-means": "text"}
    assert (shape["to"]["x-means"], shape["connection"]["x-names"]) == ("people", "connection")
    assert sms.parameters["required"] == ["text"]
    [document] = [one for family in of().families for one in family.actions if one.key == "create-document"]
    assert document.results[:2] == ["url", "number"]


def test_an_interval_of_a_timing_is_a_text_in_its_schema() -> None:
    timings = {one.key: one for one in of().timings}
    after = timings["after"].parameters
    assert after["$defs"]["Interval"]["format"] == "interval"
    assert after["required"] == ["after"]
    assert timings["before"].parameters["properties"]["before"]["x-names"] == "date"
    assert timings["before"].title == "Before a date"


def test_what_texts_can_name_is_listed_with_how_people_read_it() -> None:
    told = {one.path: (one.title, one.kind) for one in of().placeholders}
    assert told["item.amount"] == ("Item: amount", "money")
    assert told["contact.email"] == ("Contact: email", "email")
    assert told["invoice.pay_before"] == ("invoice: pay_before", "date")
    assert told["responsible.name"] == ("Responsible person: Name", "string")
    assert told["const.ceiling"] == ("Constant: Limit", "")
    assert "item.contact" not in told
    assert {one.path: one.title for one in of("pt").placeholders}["const.ceiling"] == "Constante: Limite"


def test_comparisons_say_for_which_kinds_they_are() -> None:
    kinds = {one.key: one.kinds for one in of().comparisons}
    assert kinds["equals"] is None
    assert kinds["greater"] == ["date", "datetime", "decimal", "integer", "money"]


def test_a_language_that_it_does_not_speak_is_english() -> None:
    assert (of("de").language, of("de").families[0].title) == ("en", "For the employee")
