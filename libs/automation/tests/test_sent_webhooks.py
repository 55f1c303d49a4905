"""send-webhook: what a rule may write, and what its connection says of repeats."""

from typing import Any

import pytest
from automation.calls import Call
from automation.decisions import Perform
from automation.dispatching import decide
from automation.documents import DocumentError
from automation.planning import plan_entry
from automation.testing import CAUSE, NOW, deal, entry, facts, record, rule, shop
from contracts.actions import PerformAction

HOOKS: dict[str, Any] = {"id": "hooks", "provider": "webhook", "settings": {"base_url": "https://shop.example/in"}}


def performed(params: dict[str, Any], *accounts: dict[str, Any]) -> PerformAction:
    one = rule("send", {"send-webhook": params})
    known = shop(one, extra=tuple(record("connection", told["id"], told) for told in accounts))
    item = deal(amount="900.00 EUR")
    [row] = plan_entry(entry(item), known, CAUSE, NOW)
    decision = decide(row, one, facts(item, knowledge=known, rule=one), known, NOW)
    assert isinstance(decision, Perform)
    return decision.action


@pytest.mark.req("G1")
def test_texts_deep_inside_the_body_are_filled_in() -> None:
    body = {"title": "{{ item.title }}", "lines": [{"n": 1, "amount": "{{ item.amount }}"}]}
    action = performed({"url": "https://other.example/{{ item.title }}", "body": body}, HOOKS)
    assert action.params["body"] == {"title": "Sofa", "lines": [{"n": 1, "amount": "900.00 EUR"}]}
    assert (action.params["url"], action.recipients[0].name) == ("https://other.example/Sofa", "other.example")


def test_the_host_is_that_of_the_connection_where_the_rule_names_a_path() -> None:
    assert performed({"url": "orders"}, HOOKS).recipients[0].name == ""
    assert performed({}, HOOKS).recipients[0].name == "shop.example"


@pytest.mark.parametrize(("named", "knows"), [("", False), ("hooks", False), ("sure", True)])
def test_whether_the_receiver_knows_a_repeat_is_said_by_the_connection_that_is_named(
    named: str,
    *,
    knows: bool,
) -> None:
    sure = {**HOOKS, "id": "sure", "settings": {"deduplicates": True}}
    action = performed({"url": "x", "connection": named}, HOOKS, sure)
    assert (action.params["deduplicates"], action.connection) == (knows, named)


def test_the_only_connection_need_not_be_named() -> None:
    sure = {**HOOKS, "settings": {"deduplicates": True}}
    assert performed({"url": "x"}, sure).params["deduplicates"] is True


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"headers": {"Webhook-Signature": "x"}}, "do.send-webhook.headers"),
        ({"headers": {"host": "x"}}, "do.send-webhook.headers"),
        ({"method": "GET"}, "do.send-webhook.method"),
        ({"read": {"a": "]["}}, "do.send-webhook.read"),
        ({"read": {"status": "a"}}, "do.send-webhook.read"),
        ({"body": "{{ item. }}"}, "do.send-webhook.body"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_its_place(params: dict[str, Any], place: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Call.read({"send-webhook": params})
    assert caught.value.path == place
