"""What installed apps add to the catalogue: told in a language, with the form that an editor draws of their values."""

from typing import Any

from automation.testing import record, shop
from crm_api.catalogue.contents import Catalogue, catalogue

SCORE: dict[str, Any] = {
    "key": "score",
    "name": {"en": "Score", "pt": "Pontuar"},
    "inputs": [
        {"key": "amount", "kind": "money", "required": True, "name": {"pt": "Valor"}, "help": "Of the deal"},
        {"key": "pieces", "kind": "integer"},
        {"key": "weight", "kind": "decimal"},
        {"key": "urgent", "kind": "boolean"},
        {"key": "size", "kind": "choice", "choices": ["s", "m"], "required": True},
    ],
    "outputs": [{"key": "points", "kind": "integer"}, {"key": "why"}],
}
ACME: dict[str, Any] = {
    "id": "acme",
    "name": "Acme",
    "description": {"en": "Scores deals", "pt": "Pontua negócios"},
    "address": "https://acme.example/call",
    "actions": [SCORE, {"key": "forget", "help": {"en": "Forgets a score"}}],
    "triggers": [{"key": "scored", "name": {"pt": "Pontuado"}, "payload": [{"key": "points", "kind": "integer"}]}],
}
BARE = {"id": "abacus", "address": "https://abacus.example", "actions": [{"key": "count"}]}


def of(language: str) -> Catalogue:
    return catalogue("deal", shop(extra=(record("app", "acme", ACME), record("app", "abacus", BARE))), language)


def market(language: str) -> dict[str, Any]:
    """Give the actions of the market by their titles."""
    [family] = [one for one in of(language).families if one.key == "market"]
    return {one.title: one for one in family.actions}


def test_actions_of_apps_are_told_with_their_app_in_a_language_that_somebody_knows() -> None:
    assert list(market("pt")) == ["abacus: count", "Acme: Pontuar", "Acme: forget"]
    assert list(market("ru")) == ["abacus: count", "Acme: Score", "Acme: forget"]
    helps = [{title: one.help for title, one in market(language).items()} for language in ("pt", "it")]
    assert helps == [
        {"abacus: count": "", "Acme: Pontuar": "Pontua negócios", "Acme: forget": "Forgets a score"},
        {"abacus: count": "", "Acme: Score": "Scores deals", "Acme: forget": "Forgets a score"},
    ]


def test_an_action_of_an_app_has_results_and_a_key_of_its_own() -> None:
    score, count = market("en")["Acme: Score"], market("en")["abacus: count"]
    assert (score.results, count.results) == (["points", "why"], [])
    assert (score.key, count.key) == ("app:acme/score", "app:abacus/count")
    assert {one.sort for one in market("en").values()} == {"base"}


def test_the_form_of_an_action_asks_for_its_values_as_they_can_be_written() -> None:
    shape = market("pt")["Acme: Pontuar"].parameters
    inputs = shape["properties"]["inputs"]
    assert (shape["required"], inputs["required"]) == (["inputs"], ["amount", "size"])
    assert not shape["additionalProperties"]
    assert not inputs["additionalProperties"]
    told = inputs["properties"]
    assert told["amount"] == {"type": "string", "title": "Valor", "x-kind": "money", "description": "Of the deal"}
    assert told["size"]["examples"] == ["s", "m"]
    # A placeholder may stand for any of them.
    assert {key: told[key]["type"] for key in ("pieces", "weight", "urgent")} == {
        "pieces": ["integer", "string"],
        "weight": ["number", "string"],
        "urgent": ["boolean", "string"],
    }
    assert market("pt")["abacus: count"].parameters["required"] == []


def test_an_event_of_an_app_is_listened_to_by_the_filter_that_chooses_it() -> None:
    told = {one.title: one for group in of("pt").groups for one in group.signals if one.filter}
    assert list(told) == ["Acme: Pontuado"]
    event = told["Acme: Pontuado"]
    assert (event.filter, event.payload) == ({"app": "acme", "event": "scored"}, ["points"])
    assert [one.title for group in of("en").groups for one in group.signals if one.filter] == ["Acme: Pontuado"]


def test_without_apps_the_market_is_empty_and_no_signal_needs_a_filter() -> None:
    plain = catalogue("deal", shop(), "en")
    assert [family.actions for family in plain.families if family.key == "market"] == [[]]
    assert not [one for group in plain.groups for one in group.signals if one.filter]
