"""Messages to chats with other ways behind them, and calls: what the worker is asked, and whom nobody can reach."""

from typing import Any

import pytest
from automation.calls import Call
from automation.dispatching import Perform, decide
from automation.documents import DocumentError
from automation.planning import plan_entry
from automation.testing import CAUSE, CONTACT, NOW, contact, deal, entry, facts, rule, shop
from contracts.actions import PerformAction
from contracts.items import Item

CHATS = ["shop-bot:5", "news-bot:7"]


def performed(do: dict[str, Any], *whom: Item) -> PerformAction:
    of, knowledge = rule("it", do), shop(rule("it", do))
    item = deal(to=whom)
    (row,) = plan_entry(entry(item, *whom), knowledge, CAUSE, NOW)
    decision = decide(row, of, facts(item, *whom, knowledge=knowledge, rule=of), knowledge, NOW)
    assert isinstance(decision, Perform)
    return decision.action


def message(*whom: Item, **params: Any) -> PerformAction:
    return performed({"send-message": {"text": "Hello {{ item.title }}", **params}}, *whom)


def routes(action: PerformAction) -> list[tuple[str, str]]:
    return [(one["channel"], one["address"]) for one in action.params["routes"]]


def test_a_message_goes_to_the_chat_that_was_written_from_last() -> None:
    action = message(contact(chat=CHATS))
    assert routes(action) == [("chat", "shop-bot:5")]
    assert (action.params["text"], action.params["missing"]) == ("Hello Sofa", [])
    assert [(one.whom, one.missing) for one in action.recipients] == [(f"contact:{CONTACT}", "")]


def test_other_ways_follow_in_their_order_through_their_accounts() -> None:
    action = message(contact(chat="shop-bot:5"), fallback=["email", "sms"], sms_connection="cheap")
    assert routes(action) == [("chat", "shop-bot:5"), ("email", "maria@example.org"), ("sms", "+351912345678")]
    assert [one["connection"] for one in action.params["routes"]] == ["", "", "cheap"]
    assert not {"fallback", "sms_connection", "email_connection"} & action.params.keys()


def test_ways_that_the_client_does_not_have_are_told_with_their_place() -> None:
    action = message(contact(phone=None), fallback=["sms", "email"])
    assert routes(action) == [("email", "maria@example.org")]
    assert action.params["missing"] == [
        {"channel": "chat", "why": "the contact has no chat", "before": 0},
        {"channel": "sms", "why": "the contact has no phone", "before": 0},
    ]
    assert action.recipients[0].missing == ""


def test_a_way_that_was_refused_by_the_client_is_none_and_another_is_taken() -> None:
    action = message(contact(chat=CHATS, consents={"chat": "refused"}), fallback=["sms"])
    assert routes(action) == [("sms", "+351912345678")]
    assert action.recipients[0].missing == ""
    assert action.params["missing"][0]["why"] == "the contact refused chat"


@pytest.mark.parametrize(
    ("whom", "words"),
    [
        ((contact(phone=None),), "the contact has no chat, the contact has no phone"),
        ((contact(chat=[], phone=None),), "the contact has no chat, the contact has no phone"),
        ((), "the item has no contact"),
    ],
)
def test_whom_no_way_leads_to_is_missing_in_words(whom: tuple[Item, ...], words: str) -> None:
    action = message(*whom, fallback=["sms"])
    assert (routes(action), action.recipients[0].missing) == ([], words)


def test_no_way_leads_to_a_contact_that_is_deleted() -> None:
    gone = contact(chat=CHATS).model_copy(update={"deleted": True})
    action = message(gone, fallback=["sms"])
    assert (routes(action), action.recipients[0].missing) == ([], "the contact is deleted")


def test_advertising_goes_by_no_way_to_who_did_not_agree() -> None:
    action = message(contact(chat=CHATS), fallback=["sms"], advertising=True)
    assert action.recipients[0].missing == "the contact did not agree to advertising"


def test_a_call_carries_what_is_heard() -> None:
    action = performed({"make-call": {"text": "Hello {{ contact.name }}", "keys": 1}}, contact())
    assert action.recipients[0].address == "+351912345678"
    assert (action.params["text"], action.params["keys"], action.params["ring"]) == ("Hello Maria", 1, 30)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        ({"make-call": {}}, "a call needs something to hear"),
        ({"make-call": {"text": "x", "keys": 21}}, "less than or equal to 20"),
        ({"make-call": {"text": "x", "ring": 1}}, "greater than or equal to 5"),
        ({"send-message": {"text": "x", "fallback": ["fax"]}}, "'sms' or 'email'"),
        ({"send-message": {"text": "x", "to": "responsible"}}, "names nobody"),
        ({"send-message": {"text": "x", "to": {"role": "seller"}}}, "names nobody"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(do: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        Call.read(do)
