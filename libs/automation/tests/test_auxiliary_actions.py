"""Auxiliary actions: what they ask of others, what they pick themselves, and which results later rules may name."""

from typing import Any

import pytest
from automation.analysis import analyse
from automation.checking import check_rule_set
from automation.desk.testing import Table
from automation.dispatching import Closed, Command, Perform, decide
from automation.planning import plan_entry
from automation.testing import CAUSE, CONTACT, NOW, PIPELINE, contact, deal, entry, facts, record, rule, shop
from contracts.commands import AskEmployee, FetchItems, WithdrawCommand
from contracts.executions import ExecutionRow
from contracts.items import CommandCompleted, Item
from contracts.rules import RuleSet, StageRules

Json = dict[str, Any]
DEALS: list[Json] = [
    {"id": "a", "title": "Oak", "amount": "900 EUR", "pieces": "9", "due": "2026-05-01"},
    {"id": "b", "title": "Pine", "amount": "1000 USD", "pieces": "10"},
    {"id": "c", "title": "Elm", "amount": "900.00 EUR", "pieces": "2", "due": "2026-04-01"},
]
DOLLAR = record("rate", "usd", {"id": "usd", "currency": "USD", "to": "EUR", "on": "2026-01-01", "rate": "0.5"})
ASK = {"text": "What does {{ contact.name }} need?", "ask": [{"key": "oven", "kind": "choice", "options": ["gas"]}]}


def decided(do: Json, item: Item | None = None, extra: tuple[Any, ...] = (), **results: Any) -> Any:
    """Decide a rule that does this, after rules with these results."""
    of, who = rule("it", do), contact()
    knowledge = shop(of, extra=(DOLLAR, *extra))
    item = item or deal(to=(who,), amount="900 EUR")
    (row,) = plan_entry(entry(item, who), knowledge, CAUSE, NOW)
    return decide(row, of, facts(item, who, knowledge=knowledge, results=results), knowledge, NOW)


def picked(do: Json, given: Any = None) -> ExecutionRow:
    """Pick from what a rule called `deals` gave, or from written values."""
    source = {} if "values" in do else {"items": "results.deals.items"}
    decision = decided({"pick-from-list": {**source, **do}}, deals={"items": DEALS if given is None else given})
    assert isinstance(decision, Closed)
    return decision.row


def findings(*do: Json) -> list[tuple[str, str]]:
    """Check rules of one stage, one for each of these, called `r0`, `r1`, …"""
    rules = tuple(rule(f"r{n}", one) for n, one in enumerate(do))
    rule_set = RuleSet(
        pipeline=PIPELINE,
        number=1,
        stages=(StageRules(stage="new", rules=rules),),
        published_by="ann",
        published_at=NOW,
    )
    knowledge = shop(*rules)
    return [(one.path, one.message) for one in check_rule_set(rule_set, knowledge.pipelines[PIPELINE], knowledge)]


def deep(levels: int) -> list[Any]:
    """Give lists inside lists."""
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


def test_items_are_asked_for_with_the_texts_of_conditions_filled_in() -> None:
    where = [{"field": "contact", "equals": "{{ contact.id }}"}, {"field": "title", "in": ["Oak", "{{ item.title }}"]}]
    fetch = {"type": "deal", "pipeline": PIPELINE, "where": where, "order": "-amount", "limit": 3, "bring": ["amount"]}
    decision = decided({"fetch-items": fetch})
    assert isinstance(decision, Command)
    command = decision.command
    assert isinstance(command, FetchItems)
    assert command.where == ({"field": "contact", "equals": str(CONTACT)}, {"field": "title", "in": ["Oak", "Sofa"]})
    assert (command.order, command.limit, command.bring, command.owner) == ("-amount", 3, ("amount",), "ann")


@pytest.mark.parametrize(
    ("way", "title"),
    [
        ({}, "Oak"),
        ({"pick": "last"}, "Elm"),
        ({"pick": "nth", "nth": 2}, "Pine"),
        ({"pick": "nth", "nth": -3}, "Oak"),
        ({"pick": "largest", "compare": "pieces"}, "Pine"),
        ({"pick": "smallest", "compare": "pieces"}, "Elm"),
        ({"pick": "largest", "compare": "amount"}, "Oak"),
        ({"pick": "smallest", "compare": "amount"}, "Pine"),
        ({"pick": "smallest", "compare": "due"}, "Elm"),
        ({"pick": "largest", "compare": "title"}, "Pine"),
    ],
)
def test_one_of_a_list_is_picked_by_its_place_or_its_size(way: Json, title: str) -> None:
    row = picked({**way, "field": "title"})
    assert (row.state, row.results["value"], row.results["item"]["title"]) == ("succeeded", title, title)
    assert row.results["count"] == len(DEALS)


def test_what_is_picked_by_chance_is_picked_again() -> None:
    values = list(range(200))
    first, again = (picked({"pick": "random", "values": values}) for _ in range(2))
    assert first.results == again.results
    assert first.results["value"] in values


def test_of_written_values_one_is_the_value_and_no_record() -> None:
    assert picked({"pick": "largest", "values": [7, "12.5", 3]}).results == {"value": "12.5", "count": 3}


@pytest.mark.parametrize("way", [{}, {"pick": "random"}, {"pick": "largest", "compare": "pieces"}])
def test_of_nothing_nothing_is_picked(way: Json) -> None:
    row = picked(way, [])
    assert (row.state, row.results) == ("succeeded", {"count": 0})
    assert picked({"pick": "nth", "nth": 4}).results == {"count": 3}


@pytest.mark.parametrize(
    ("do", "given", "words"),
    [
        ({}, "oak", "oak is no list"),
        ({"pick": "largest", "values": [7, "oak"]}, None, "of different kinds"),
        ({"pick": "largest", "values": ["7 CHF", "8 EUR"]}, None, "no rate between CHF and EUR"),
        ({"values": [7], "field": "title"}, None, "the list holds no records"),
    ],
)
def test_what_cannot_be_picked_fails_in_words(do: Json, given: Any, words: str) -> None:
    row = picked(do, given)
    assert (row.state, row.results) == ("failed", {})
    assert words in row.reason


def test_people_are_asked_with_fields_and_a_deadline_from_now() -> None:
    decision = decided({"ask-employee": {**ASK, "to": {"role": "warehouse"}, "deadline": "2 hours"}})
    assert isinstance(decision, Command)
    command = decision.command
    assert isinstance(command, AskEmployee)
    assert (command.text, command.people, command.role) == ("What does Maria need?", (), "warehouse")
    assert [(one.key, one.kind, one.options) for one in command.asked] == [("oven", "choice", ("gas",))]
    assert str(command.deadline) == "2026-03-02 12:00:00+00:00"
    # Though it is asked at once: who has left the stage is not asked any more.
    assert command.expects is not None
    extra = record("person", "leo", {"id": "leo", "name": "Leo", "department": "store"})
    of_department = decided({"ask-employee": {**ASK, "to": {"department": "store"}}}, extra=(extra,)).command
    assert (of_department.people, of_department.role, of_department.department) == ((), "", "store")
    person = decided({"ask-employee": ASK}).command
    assert (person.people, person.role, person.deadline) == (("ann",), "", None)


def test_a_web_service_is_asked_with_texts_filled_in_however_deep() -> None:
    body = {"who": {"name": "{{ contact.name }}", "tags": ["a", "{{ item.title }}"]}, "n": 3}
    fetch = {"method": "POST", "url": "https://x.example/{{ item.title }}", "headers": {"X-To": "{{ contact.email }}"}}
    decision = decided({"http-fetch": {**fetch, "body": body, "read": {"price": "data.items[0].price"}}})
    assert isinstance(decision, Perform)
    params, (whom,) = decision.action.params, decision.action.recipients
    assert (params["url"], params["headers"]) == ("https://x.example/Sofa", {"X-To": "maria@example.org"})
    assert params["body"] == {"who": {"name": "Maria", "tags": ["a", "Sofa"]}, "n": 3}
    assert (params["read"], whom.whom, whom.name) == ({"price": "data.items[0].price"}, "web", "x.example")
    assert body["who"] == {"name": "{{ contact.name }}", "tags": ["a", "{{ item.title }}"]}


def test_where_there_is_nobody_to_ask_it_is_skipped() -> None:
    decision = decided({"ask-employee": ASK}, deal(to=(contact(),), responsible=None))
    assert isinstance(decision, Closed)
    assert (decision.row.state, decision.row.reason) == ("skipped", "the item has no responsible")


def test_a_leave_calls_a_question_off_though_it_began_with_the_entry() -> None:
    table = Table()
    table.knowledge = shop(rule("ask", {"ask-employee": ASK}), rule("behind", timing={"after_previous": "0 minutes"}))
    table.take(entry(deal(to=(contact(),)), contact()))
    assert table.states() == {"ask": "dispatched", "behind": "waiting_for_previous"}
    table.take(entry(deal(stage="documents", activation=2, version=8)))
    (off,) = table.heard(WithdrawCommand)
    asked = table.row("ask")
    assert (off.execution, off.round, off.reason) == (asked.id, 1, "left the stage: moved to documents by user:ann")
    assert asked.state == "dispatched"
    told = {"execution": asked.id, "item": asked.item, "round": 1, "config": 1}
    table.take(CommandCompleted(**told, outcome="cancelled", reason=off.reason))
    assert (table.row("ask").state, table.row("ask").reason) == ("cancelled", off.reason)


def test_a_late_answer_lets_the_next_rule_read_it() -> None:
    table = Table()
    text = {"send-sms": {"text": "So {{ results.ask.oven }} it is, says {{ results.ask.answered_by }}"}}
    behind = rule("behind", text, timing={"after_previous": "0 minutes"})
    table.knowledge = shop(rule("ask", {"ask-employee": ASK}), behind)
    table.take(entry(deal(to=(contact(),)), contact()))
    asked = table.row("ask")
    told = {"execution": asked.id, "item": asked.item, "round": 1, "config": 1, "outcome": "done"}
    table.take(CommandCompleted(**told, results={"oven": "gas", "answered_by": "Ann"}))
    assert table.states() == {"ask": "succeeded", "behind": "dispatched"}
    assert table.row("behind").seen["results.ask.oven"] == "gas"


@pytest.mark.req("A13", "C7")
def test_later_rules_may_name_what_an_auxiliary_rule_leaves_and_nothing_else() -> None:
    def say(path: str) -> Json:
        return {"send-sms": {"text": f"{{{{ {path} }}}}"}}

    made: list[Json] = [
        {"fetch-items": {"type": "deal", "bring": ["amount"]}},
        {"pick-from-list": {"items": "results.r0.items", "field": "title"}},
        {"ask-employee": ASK},
        {"http-fetch": {"url": "https://x.example", "read": {"price": "price"}}},
    ]
    fine = (
        "r0.first.title",
        "r0.count",
        "r1.value",
        "r1.item.amount",
        "r2.oven",
        "r2.answered_by",
        "r3.status",
        "r3.price",
    )
    assert findings(*made, *(say(f"results.{name}") for name in fine)) == []
    loop = {"send-sms": {"text": "{% for deal in results.r0.items %}{{ deal.title }} {% endfor %}"}}
    assert findings(*made, loop) == []
    assert [path for path, _ in findings(*made, say("results.r2.stove"), say("results.r1.url"))] == [
        "stages.0.rules.4.do.send-sms.text",
        "stages.0.rules.5.do.send-sms.text",
    ]
    ((path, words),) = findings({"pick-from-list": {"items": "results.r7.items"}})
    assert (path, words) == (
        "stages.0.rules.0.do.pick-from-list.items",
        "no earlier rule of this stage is called 'r7'",
    )


def test_a_draft_that_reads_results_too_early_is_warned_of_wherever_it_does() -> None:
    fetch = rule("deals", {"fetch-items": {"type": "deal", "where": [{"field": "title", "equals": "x"}]}})
    early = rule("early", {"pick-from-list": {"items": "results.deals.items"}})
    deep = {"url": "https://x.example", "method": "POST", "body": {"who": ["{{ results.deals.first.title }}"]}}
    knowledge = shop(fetch, early, rule("deep", {"http-fetch": deep}))
    rule_set = knowledge.rule_sets[PIPELINE, 1]
    assert [(one.path, one.severity) for one in analyse(rule_set, knowledge.pipelines[PIPELINE], knowledge)] == [
        ("stages.0.rules.1.do.pick-from-list.items", "warning"),
        ("stages.0.rules.2.do.http-fetch.body.who.0", "warning"),
    ]


@pytest.mark.parametrize(
    ("do", "path", "words"),
    [
        ({"fetch-items": {"type": "dragon"}}, "type", "unknown type 'dragon'"),
        ({"fetch-items": {"type": "deal", "stage": "new"}}, "", "a stage without a pipeline"),
        ({"fetch-items": {"type": "deal", "pipeline": PIPELINE, "stage": "x"}}, "stage", "unknown stage"),
        ({"fetch-items": {"type": "deal", "limit": 51}}, "limit", "less than or equal to 50"),
        ({"fetch-items": {"type": "deal", "bring": ["title", "age"]}}, "bring.1", "unknown field 'age'"),
        ({"fetch-items": {"type": "deal", "order": "-stage"}}, "order", "unknown field 'stage'"),
        ({"fetch-items": {"type": "deal", "where": [{"field": "x", "equals": 1}]}}, "where.0.field", "unknown field"),
        ({"fetch-items": {"type": "deal", "where": [{"field": "title", "changed": True}]}}, "where.0", "one operator"),
        ({"fetch-items": {"type": "deal", "where": [{"field": "title", "equals": "{{ x"}]}}, "where.0.equals", "read"),
        ({"pick-from-list": {}}, "", "name one list"),
        ({"pick-from-list": {"values": [1], "items": "results.x.items"}}, "", "name one list"),
        ({"pick-from-list": {"items": "deals"}}, "items", "names no value"),
        ({"pick-from-list": {"values": [1], "nth": 0}}, "", "counts from 1"),
        ({"ask-employee": {**ASK, "to": "contact"}}, "to", "a client cannot be asked"),
        ({"ask-employee": {**ASK, "ask": []}}, "ask", "at least 1"),
        ({"ask-employee": {**ASK, "ask": [{"key": "a", "kind": "choice"}]}}, "ask.0", "a choice has options"),
        ({"ask-employee": {**ASK, "ask": [{"key": "answered_by"}]}}, "ask.0", "choose another key"),
        ({"ask-employee": {**ASK, "ask": [{"key": "a"}, {"key": "a"}]}}, "", "the same key"),
        ({"http-fetch": {"url": "ftp://x.example"}}, "url", "begins with https"),
        ({"http-fetch": {"url": "https://x.example", "method": "PUT"}}, "method", "'GET' or 'POST'"),
        ({"http-fetch": {"url": "https://x.example", "headers": {"Host": "y"}}}, "headers", "is set by the one"),
        ({"http-fetch": {"url": "https://x.example", "read": {"a": "b..c"}}}, "read", "'b..c' cannot be read"),
        ({"http-fetch": {"url": "https://x.example", "read": {"status": "a"}}}, "read", "no name for a result"),
        ({"http-fetch": {"url": "https://x.example", "body": deep(100)}}, f"body{'.0' * 19}", "20 levels deep"),
        ({"http-fetch": {"url": "https://x.example", "body": ["a"] * 1001}}, "", "more than 1000 texts"),
        ({"http-fetch": {"url": "https://x.example", "body": ["{{ item.age }}"]}}, "body.0", "unknown field item.age"),
    ],
)
def test_mistakes_are_found_when_the_rules_are_saved(do: Json, path: str, words: str) -> None:
    ((at, told), *_) = findings(do)
    place = f"stages.0.rules.0.do.{next(iter(do))}"
    assert at == (f"{place}.{path}" if path else place)
    assert words in told
