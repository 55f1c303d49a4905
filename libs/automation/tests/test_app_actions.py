"""Actions and events of installed apps: read, checked, dispatched, and read anew when the app changes."""

from typing import Any
from uuid import UUID

import pytest
from automation.app_actions import action_of, app_of, kind_of, made_up_results, names
from automation.checking import Finding, check_rule_set
from automation.decisions import Closed, Perform
from automation.dispatching import decide
from automation.knowledge import Knowledge
from automation.planning import plan_entry
from automation.reading import read_rule
from automation.testing import CAUSE, NOW, PIPELINE, REF, contact, deal, entry, facts, pipeline, record, rule, shop
from contracts.actions import PerformAction
from contracts.app_answers import read_answer
from contracts.app_values import FORMS, WrongValue, of_texts, read_values
from contracts.apps import App, AppValue

SCORE: dict[str, Any] = {
    "key": "score",
    "inputs": [
        {"key": "client", "kind": "string", "required": True},
        {"key": "amount", "kind": "money"},
        {"key": "pieces", "kind": "integer"},
    ],
    "outputs": [{"key": "score", "kind": "integer"}, {"key": "level", "kind": "choice", "choices": ["low", "high"]}],
    "idempotent": True,
    "effect": "reversible",
}
ACME: dict[str, Any] = {
    "id": "acme",
    "address": "https://acme.example/",
    "actions": [SCORE],
    "triggers": [{"key": "scored"}],
}
CALL: dict[str, Any] = {"app:acme/score": {"inputs": {"client": "{{ item.title }}", "amount": "{{ item.amount }}"}}}


def knowing(*rules: Any, **app: Any) -> Knowledge:
    return shop(*rules, extra=(record("app", "acme", {**ACME, **app}),))


def performed(do: dict[str, Any], knowledge: Knowledge | None = None, **fields: Any) -> PerformAction:
    """Dispatch a rule that does this and give the worker's message."""
    one = rule("score", do)
    known = knowledge or knowing(one)
    item = deal(to=(contact(),), amount="900.00 EUR", **fields)
    [row] = plan_entry(entry(item, contact()), known, CAUSE, NOW)
    decision = decide(row, one, facts(item, contact(), knowledge=known, rule=one), known, NOW)
    assert isinstance(decision, Perform), decision
    return decision.action


def findings(*rules: Any, knowledge: Knowledge | None = None, **triggers: Any) -> list[Finding]:
    known = knowledge or knowing(*rules)
    if triggers:
        known = known.with_([pipeline(triggers=triggers)])
    return list(check_rule_set(known.rule_sets[PIPELINE, 1], known.pipelines[PIPELINE], known))


@pytest.mark.req("G3")
def test_a_rule_calls_an_app_with_its_texts_filled_in() -> None:
    action = performed(CALL)
    assert (action.action, [(one.whom, one.name) for one in action.recipients]) == (
        "app:acme/score",
        [("app:acme", "acme")],
    )
    assert action.params == {"inputs": {"client": "Sofa", "amount": "900.00 EUR"}, "idempotent": True}


def test_names_say_whose_an_action_is() -> None:
    knowledge = knowing()
    assert (app_of("app:acme/score"), app_of("send-sms")) == ("acme", "")
    assert [kind_of(name) for name in ("app:acme/score", "send-sms", "move-item", "nothing")] == [
        "app",
        "sms",
        None,
        None,
    ]
    assert names(knowledge)[-1] == "app:acme/score"
    unknown = ("app:acme/other", "app:other/score", "app:acme", "app:", "other")
    assert [action_of(name, knowledge) for name in unknown] == [None] * len(unknown)


def test_a_rule_is_read_anew_when_its_app_changes_and_once_while_it_does_not() -> None:
    one = rule("score", CALL)
    knowledge = knowing(one)
    (kept,) = knowledge.rules(REF, "new")
    first = read_rule(kept, knowledge)
    assert read_rule(kept, knowledge.with_([record("portal", "portal", {"zone": "UTC"})])) is first
    updated = knowledge.with_([record("app", "acme", {**ACME, "actions": [{**SCORE, "outputs": []}]})])
    assert first.call.action.results == ("score", "level")
    assert read_rule(kept, updated).call.action.results == ()
    assert read_rule(kept, updated) is read_rule(kept, updated)


def test_a_rule_of_an_app_that_is_removed_fails_in_words() -> None:
    one = rule("score", CALL)
    knowledge = knowing(one)
    read_rule(knowledge.rules(REF, "new")[0], knowledge)
    gone = knowledge.with_([record("app", "acme", ACME).model_copy(update={"deleted": True})])
    item = deal(amount="1.00 EUR")
    [row] = plan_entry(entry(item), knowledge, CAUSE, NOW)
    decision = decide(row, gone.rules(REF, "new")[0], facts(item, knowledge=gone), gone, NOW)
    assert isinstance(decision, Closed)
    assert "unknown action 'app:acme/score'" in decision.row.reason


def test_results_of_an_app_are_known_to_later_rules() -> None:
    note = {"create-task": {"to": "responsible", "title": "{{ results.score.level }}"}}
    wrong = {"create-task": {"to": "responsible", "title": "{{ results.score.colour }}"}}
    assert findings(rule("score", CALL), rule("note", note)) == []
    [finding] = findings(rule("score", CALL), rule("note", wrong))
    assert finding.fix == "use one of: results.score.level, results.score.score"


@pytest.mark.parametrize(
    ("inputs", "place", "words"),
    [
        ({}, "inputs.client", "the app needs 'client'"),
        ({"client": ""}, "inputs.client", "the app needs 'client'"),
        ({"client": "a", "colour": 1}, "inputs.colour", "the app takes no 'colour'"),
        ({"client": "a", "pieces": "x"}, "inputs.pieces", "'x' is not of kind integer"),
        ({"client": "a", "pieces": "{{ item.amount }}"}, "inputs.pieces", "item.amount is of kind money"),
        ({"client": "a", "amount": "{{ item.pieces }}"}, "inputs.amount", "item.pieces is of kind integer"),
        ({"client": "a", "amount": 12}, "inputs.amount", "is not of kind money"),
        ({"client": ["a"]}, "inputs.client", "is not of kind string"),
        ({"client": "{{ item.colours }}"}, "inputs.client", "unknown field item.colours"),
    ],
)
def test_what_an_app_cannot_take_stops_a_publish(inputs: dict[str, Any], place: str, words: str) -> None:
    [finding] = findings(rule("score", {"app:acme/score": {"inputs": inputs}}))
    assert finding.path.endswith(f"do.app:acme/score.{place}")
    assert words in finding.message


@pytest.mark.parametrize(
    "inputs",
    [
        {"client": 5, "pieces": 5, "amount": "12 EUR"},
        {"client": "a", "pieces": "5"},
        {"client": "a", "pieces": "{{ item.pieces }}", "amount": "{{ item.amount }}"},
        {"client": "a", "pieces": "{{ item.delivery_by }}"},
        {"client": "{{ item.pieces }}", "amount": "{{ item.pieces }} EUR"},
    ],
)
def test_what_may_be_of_its_kind_is_left_to_the_moment(inputs: dict[str, Any]) -> None:
    assert findings(rule("score", {"app:acme/score": {"inputs": inputs}})) == []


@pytest.mark.req("G4")
def test_a_trigger_and_a_wait_ask_only_for_what_an_installed_app_tells() -> None:
    def listening(**wanted: Any) -> list[str]:
        trigger = {"id": str(UUID(int=1)), "key": "t", "on": "app.called", "filter": wanted}
        return [one.message for one in findings(documents=[trigger])]

    assert listening() == listening(app="acme") == listening(app="acme", event="scored") == []
    assert listening(app="other") == ["there is no app 'other'"]
    assert listening(app=["acme", "other"]) == ["there is no app 'other'"]
    assert listening(event="lost") == ["no installed app tells of 'lost'"]
    timing = {"wait_for": "app.called", "filter": {"app": "other"}, "at_most": "1 day"}
    [finding] = findings(rule("wait", timing=timing))
    assert (finding.path, finding.message) == (
        "stages.0.rules.0.timing.filter.app",
        "there is no app 'other'",
    )


def test_values_of_a_simulation_are_of_their_kinds_and_always_the_same() -> None:
    outputs = [{"key": kind, "kind": kind, "choices": ["a", "b"] if kind == "choice" else []} for kind in FORMS]
    knowledge = knowing(actions=[{**SCORE, "outputs": outputs}])
    app = knowledge.apps["acme"]
    results = made_up_results("app:acme/score", UUID(int=77), knowledge)
    assert read_values(app.actions[0].outputs, results).keys() == set(FORMS)
    assert made_up_results("app:acme/score", UUID(int=77), knowledge) == results
    assert made_up_results("app:acme/gone", UUID(int=77), knowledge) == {}


GOOD: list[tuple[str, Any, Any]] = [
    ("string", "a", "a"),
    ("text", "a" * 9000, "a" * 9000),
    ("integer", 5, 5),
    ("decimal", 1.5, "1.5"),
    ("decimal", "12.50", "12.50"),
    ("money", "12.50 EUR", "12.50 EUR"),
    ("boolean", False, False),
    ("date", "2026-12-31", "2026-12-31"),
    ("datetime", "2026-12-31T10:00:00Z", "2026-12-31T10:00:00+00:00"),
    ("choice", "a", "a"),
    ("person", "ann", "ann"),
]
BAD: list[tuple[str, Any]] = [
    ("string", "a" * 501),
    ("string", "a\0b"),
    ("string", "\ud800"),
    ("text", 5),
    ("integer", "5"),
    ("integer", True),
    ("integer", 2**53 + 1),
    ("decimal", float("nan")),
    ("decimal", "1e999"),
    ("decimal", True),
    ("decimal", [1]),
    ("money", 12),
    ("money", "12"),
    ("boolean", "yes"),
    ("date", "31.12.2026"),
    ("date", 5),
    ("datetime", "2026-12-31T10:00:00"),
    ("choice", "c"),
    ("person", None),
]


def value(kind: str, **more: Any) -> AppValue:
    return AppValue.model_validate({"key": "v", "kind": kind, "choices": ["a"] if kind == "choice" else [], **more})


@pytest.mark.parametrize(("kind", "given", "read"), GOOD)
def test_values_travel_in_the_form_of_their_kind(kind: str, given: Any, read: Any) -> None:
    assert read_values([value(kind)], {"v": given}) == {"v": read}


@pytest.mark.parametrize(("kind", "given"), BAD)
def test_values_of_another_kind_are_refused_by_their_key(kind: str, given: Any) -> None:
    with pytest.raises(WrongValue) as caught:
        read_values([value(kind, required=True)], {"v": given})
    assert (caught.value.key, len(str(caught.value)) < 250) == ("v", True)


def test_texts_become_numbers_and_truth_where_that_is_meant() -> None:
    kinds = [AppValue.model_validate({"key": key, "kind": key}) for key in ("integer", "boolean", "string")]
    written = {"integer": " 12 ", "boolean": "True", "string": 7, "other": ""}
    assert of_texts(kinds, written) == {"integer": 12, "boolean": True, "string": "7"}


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (None, "body"),
        ({"outcome": "done", "results": {"score": "x"}}, "results.score"),
        ({"outcome": "done", "results": {"level": "low", "score": 1, "more": 1}}, "results.more"),
        ({"outcome": "failed", "reason": 5}, "reason"),
        ({"outcome": "done", "results": []}, "results"),
    ],
)
def test_an_answer_that_is_none_names_the_place(given: Any, key: str) -> None:
    with pytest.raises(WrongValue) as caught:
        read_answer(App.model_validate(ACME).actions[0], given)
    assert caught.value.key == key


def test_a_failure_has_words_and_no_results() -> None:
    told = read_answer(App.model_validate(ACME).actions[0], {"outcome": "failed", "results": {"score": "x"}})
    assert (told.results, told.reason) == ({}, "the app says that it failed")
