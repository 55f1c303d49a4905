"""The table of actions, and what each one hands over when its rule is dispatched."""

from pathlib import Path
from typing import Any

import pytest
from automation import actions
from automation.actions import ACTIONS
from automation.app_actions import KIND
from automation.calls import Call
from automation.dispatching import Closed, Command, Perform, decide
from automation.documents import DocumentError
from automation.planning import plan_entry
from automation.testing import CAUSE, CONTACT, NOW, contact, deal, entry, facts, rule, shop
from contracts.actions import PerformAction
from contracts.commands import AssignItem, ChangeItem, CreateFromItem, DeleteItem, ItemCommand, MoveItem, PostToFeed
from contracts.items import Item
from contracts.people import Among
from contracts.topics import ACTION_KINDS


def dispatch(do: dict[str, Any], reached: Item | None = None, **parts: Any) -> Perform | Command:
    """Plan a rule that does this, and dispatch it."""
    of, who = rule("it", do, **parts), reached or contact()
    knowledge = shop(of)
    item = deal(to=(who,), amount="900 EUR")
    (row,) = plan_entry(entry(item, who), knowledge, CAUSE, NOW)
    decision = decide(row, of, facts(item, who, knowledge=knowledge, rule=of), knowledge, row.due_at or NOW)
    assert isinstance(decision, Perform | Command)
    return decision


AGREED = {"advertising": "given"}


def performed(do: dict[str, Any], reached: Item | None = None, **parts: Any) -> PerformAction:
    """Dispatch and give the worker's message, which reads back from what travels."""
    decision = dispatch(do, reached, **parts)
    assert isinstance(decision, Perform)
    assert PerformAction.model_validate_json(decision.action.model_dump_json()) == decision.action
    return decision.action


def commanded(do: dict[str, Any], **parts: Any) -> ItemCommand:
    """Dispatch and give the command."""
    decision = dispatch(do, **parts)
    assert isinstance(decision, Command)
    return decision.command


def test_every_action_has_its_file_and_its_line_in_the_table() -> None:
    files = {path.stem for path in Path(actions.__file__).parent.glob("*.py")} - {"__init__", "action"}
    assert files == {name.replace("-", "_") for name in ACTIONS}
    assert {action.kind for action in ACTIONS.values()} - {None} | {KIND} == set(ACTION_KINDS)


@pytest.mark.parametrize("name", ACTIONS)
def test_action_goes_to_a_worker_or_to_the_crm(name: str) -> None:
    action = ACTIONS[name]
    assert action.name == name
    assert action.kind is None if action.channel == "crm" else action.kind or action.command
    done_by = (action.kind, action.command, action.compute)
    assert len([way for way in done_by if way is not None]) == 1


def test_sms_carries_number_and_text() -> None:
    action = performed({"send-sms": {"to": "contact", "text": "Hello {{ contact.name }}"}})
    assert action.params == {"text": "Hello Maria"}
    assert [(one.whom, one.address) for one in action.recipients] == [(f"contact:{CONTACT}", "+351912345678")]
    assert (action.action, action.of_entry, action.round, action.config) == ("send-sms", True, 1, 1)


def test_email_carries_subject_text_and_connection() -> None:
    mail = {"subject": "{{ item.title }}", "text": "{{ item.amount }}", "connection": "office"}
    action = performed({"send-email": mail})
    left_out: dict[str, Any] = {"markdown": "", "html": "", "attach": [], "track": None}
    assert action.params == {"subject": "Sofa", "text": "900 EUR", **left_out}
    assert action.connection == "office"
    assert action.recipients[0].address == "maria@example.org"


@pytest.mark.parametrize(
    ("deadline", "moment"),
    [
        ("1 working day", "2026-03-03T10:00:00+00:00"),
        ("5 working days", "2026-03-09T10:00:00+00:00"),
        ("2 hours", "2026-03-02T12:00:00+00:00"),
        ("1 month", "2026-04-02T09:00:00+00:00"),
    ],
)
def test_deadline_counts_from_dispatch(deadline: str, moment: str) -> None:
    task = {"to": {"role": "warehouse"}, "title": "Prepare {{ item.title }}", "deadline": deadline}
    action = performed({"create-task": task})
    assert action.params == {"title": "Prepare Sofa", "text": "", "deadline": moment}
    assert [one.whom for one in action.recipients] == ["role:warehouse"]


def test_task_without_a_deadline_has_none() -> None:
    assert performed({"create-task": {"title": "Call"}}).params == {"title": "Call", "text": ""}


SENDERS: list[tuple[dict[str, Any], str]] = [
    ({"sender": "responsible"}, "Ann"),
    ({"sender": "supervisor"}, "Rui"),
    ({"sender": {"user": "eva"}}, "Eva"),
    ({}, "it"),
]


@pytest.mark.parametrize(("sender", "name"), SENDERS)
def test_notice_says_in_whose_name_it_is_and_else_names_the_rule(sender: dict[str, Any], name: str) -> None:
    action = performed({"notify": {"to": "supervisor", "text": "{{ item.title }} lies", **sender}})
    assert action.params == {"text": "Sofa lies", "sender": name}
    assert [(one.whom, one.address) for one in action.recipients] == [("person:rui", "rui")]


def test_notice_for_a_role_is_one_for_each() -> None:
    action = performed({"notify": {"to": {"role": "warehouse"}, "text": "Pack it"}})
    assert [(one.whom, one.address) for one in action.recipients] == [("person:eva", "eva"), ("person:leo", "leo")]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"to": "contact", "text": "x"}, "names nobody"),
        ({"text": ""}, "at least 1 character"),
        ({"text": "x", "sender": "contact"}, "is no sender"),
        ({"text": "x", "sender": {"role": "warehouse"}}, "is no sender"),
    ],
)
def test_notice_to_a_client_with_nothing_in_it_or_from_nobody_is_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        Call.read({"notify": params})


def test_document_carries_template_and_context() -> None:
    action = performed({"create-document": {"template": "contract"}})
    assert [one.whom for one in action.recipients] == ["document"]
    assert (action.params["template"], action.params["file"], action.params["title"]) == (
        "contract",
        "c0ffee",
        "Contract",
    )
    assert set(action.params["context"]) >= {"item", "contact", "responsible", "results", "portal"}
    assert action.params["context"]["contact"]["name"] == "Maria"


def test_audience_gets_email_and_phone_and_nothing_else_of_the_contact() -> None:
    audience = {"add-to-audience": {"connection": "meta", "audience": "buyers", "remove_when": "failure"}}
    action = performed(audience, contact(consents=AGREED))
    assert action.connection == "meta"
    assert action.params == {
        "audience": "buyers",
        "remove_when": "failure",
        "email": "maria@example.org",
        "phone": "+351912345678",
    }
    assert [one.whom for one in action.recipients] == [f"audience:buyers:{CONTACT}"]


@pytest.mark.parametrize("said", ["given", "refused", None])
def test_a_contact_is_taken_out_of_an_audience_whatever_they_agreed_to(said: str | None) -> None:
    out = {"remove-from-audience": {"connection": "meta", "audience": "buyers"}}
    consents = {"advertising": said} if said else {}
    action = performed(out, contact(consents=consents))
    assert [(one.whom, one.missing) for one in action.recipients] == [(f"audience:buyers:{CONTACT}", "")]
    assert action.params == {"audience": "buyers", "email": "maria@example.org", "phone": "+351912345678"}
    none = performed(out, contact(phone=None, email=None, consents=consents))
    assert none.recipients[0].missing == "the contact has neither email nor phone"


def test_audience_with_half_the_reach_goes_and_with_none_is_missing() -> None:
    audience = {"add-to-audience": {"connection": "meta", "audience": "buyers"}}
    half = performed(audience, contact(phone=None, consents=AGREED))
    assert "phone" not in half.params
    assert half.recipients[0].missing == ""
    none = performed(audience, contact(phone=None, email=None, consents=AGREED))
    assert none.recipients[0].missing == "the contact has neither email nor phone"
    unasked = performed(audience, contact())
    assert unasked.recipients[0].missing == "the contact did not agree to advertising"


def test_a_message_to_who_refused_has_no_address() -> None:
    sms = {"send-sms": {"text": "Hello", "important": True}}
    [refused] = performed(sms, contact(consents={"phone": "refused"})).recipients
    assert (refused.address, refused.missing) == ("", "the contact refused phone")
    asked = performed(sms, contact(consents={"phone": "given"}))
    assert (asked.recipients[0].missing, asked.params) == ("", {"text": "Hello", "important": True})
    [unasked] = performed({"send-sms": {"text": "Buy!", "advertising": True}}, contact()).recipients
    assert unasked.missing == "the contact did not agree to advertising"


def test_move_names_the_activation_that_it_was_decided_in() -> None:
    command = commanded({"move-item": {"stage": "documents"}})
    assert isinstance(command, MoveItem)
    assert (command.stage, command.owner, command.round) == ("documents", "ann", 1)
    assert command.expects is not None
    assert command.expects.activation == 1
    assert commanded({"move-item": {"stage": "paid"}}, keep_on_leave=True).expects is None


def test_change_fills_in_texts_and_belongs_to_the_entry() -> None:
    change = {"change-item": {"fields": {"note": "{{ item.title }}!", "pieces": 3}}}
    command = commanded(change)
    assert isinstance(command, ChangeItem)
    assert (command.fields, command.expects) == ({"note": "Sofa!", "pieces": 3}, None)
    later = commanded(change, timing={"after": "1 day"})
    assert later.expects is not None


def test_delete_names_the_activation_too() -> None:
    command = commanded({"delete-item": {}})
    assert isinstance(command, DeleteItem)
    assert command.expects is not None


def test_a_move_to_another_pipeline_names_it() -> None:
    command = commanded({"move-item": {"pipeline": "deal/vip"}})
    assert isinstance(command, MoveItem)
    assert (command.pipeline, command.stage) == ("deal/vip", "")


@pytest.mark.parametrize(
    ("do", "purpose", "type_", "title"),
    [
        ({"copy-item": {"pipeline": "deal/vip"}}, "copy", "deal", None),
        ({"repeat-sale": {"pipeline": "deal/vip", "title": "{{ item.title }} again"}}, "repeat", "deal", "Sofa again"),
        ({"repeat-sale": {"type": "order", "pipeline": "order/web"}}, "repeat", "order", None),
        ({"create-from-source": {"type": "contact", "fields": {"phone": "1"}}}, "conversion", "contact", None),
    ],
)
def test_an_item_from_an_item_names_type_title_and_purpose(
    do: dict[str, Any], purpose: str, type_: str, title: str | None
) -> None:
    command = commanded(do)
    assert isinstance(command, CreateFromItem)
    assert (command.purpose, command.type, command.title, command.expects) == (purpose, type_, title, None)
    later = commanded(do, timing={"after": "1 day"})
    assert later.expects is not None


def test_an_assignment_names_a_person_who_is_there_or_how_one_is_chosen() -> None:
    to_supervisor = commanded({"assign": {"to": "supervisor"}})
    assert isinstance(to_supervisor, AssignItem)
    assert (to_supervisor.to, to_supervisor.among) == ("rui", None)
    turn = commanded({"assign": {"to": "round-robin", "among": {"role": "warehouse"}}})
    assert isinstance(turn, AssignItem)
    assert (turn.to, turn.among) == ("round-robin", Among(role="warehouse"))


def test_an_assignment_to_nobody_is_skipped_in_words() -> None:
    of = rule("it", {"assign": {"to": "item.delivery_by"}})
    (row,) = plan_entry(entry(deal()), shop(of), CAUSE, NOW)
    decision = decide(row, of, facts(deal(), knowledge=shop(of)), shop(of), NOW)
    assert isinstance(decision, Closed)
    assert (decision.row.state, decision.row.reason) == ("skipped", "item.delivery_by is empty")


@pytest.mark.parametrize(
    ("do", "path", "words"),
    [
        ({"send-pigeon": {}}, "do", "unknown action 'send-pigeon'"),
        ({"send-sms": {}}, "do.send-sms.text", "Field required"),
        ({"send-sms": {"text": "x", "colour": "red"}}, "do.send-sms.colour", "unknown key"),
        ({"send-sms": {"text": "{{ x"}}, "do.send-sms.text", "cannot be read"),
        ({"send-sms": {"text": "x", "to": "boss"}}, "do.send-sms.to", "names nobody"),
        ({"create-task": {"title": "x", "deadline": "soon"}}, "do.create-task.deadline", "is not an interval"),
        ({"change-item": {"fields": {}}}, "do.change-item.fields", "at least 1 item"),
        ({"change-item": {"fields": {"note": "{% x"}}}, "do.change-item.fields.note", "cannot be read"),
        ({"add-to-audience": {"audience": "x"}}, "do.add-to-audience.connection", "Field required"),
    ],
)
def test_mistakes_name_their_place(do: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Call.read(do)
    assert caught.value.path == path
    assert words in caught.value.message


@pytest.mark.req("G2")
def test_a_post_is_for_each_person_meant_and_in_somebodys_name() -> None:
    post = {"to": {"role": "warehouse"}, "text": "Pack {{ item.title }}", "sender": "responsible"}
    command = commanded({"post-to-feed": post})
    assert isinstance(command, PostToFeed)
    assert (command.text, command.everyone) == (f"Pack {deal().title}", False)
    assert len(command.people) == len(set(command.people)) > 0
    assert command.author
    own = commanded({"post-to-feed": {"text": "x", "everyone": True}})
    assert isinstance(own, PostToFeed)
    assert (own.author, own.everyone) == ("", True)
