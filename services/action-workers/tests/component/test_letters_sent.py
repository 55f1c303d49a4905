"""Letters over real SMTP: their files, marks and signals, and conversations that are used again."""

import email
import email.policy
import re
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from typing import Any

import pytest
from action_workers.testing import CrmApi, Desk
from chassis.records import apart, read
from contracts.actions import Recipient
from contracts.signals import Signal

TO = "ana@example.com"
PDF = b"%PDF-1.7 an offer"
LINK = "https://shop.example/d/secret123"


@pytest.fixture
async def mail(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("email")


def letter(mail: Desk, *, to: str = TO, **params: Any) -> Any:
    return mail.action(mail.to(to), params={"subject": "An offer", **params})


async def sent(mail: Desk, **params: Any) -> EmailMessage:
    """Send a letter and read it as its receiver does."""
    await mail.take(letter(mail, **params))
    await mail.work("sent")
    raw = mail.sim.mail.accepted[-1].raw
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


async def signals(mail: Desk) -> list[Signal]:
    """Give the signals that were announced."""
    rows = await mail.rows("SELECT body FROM outbox WHERE topic = 'triggers.signals' ORDER BY seq")
    return [Signal.model_validate_json(read(one).value) for row in rows for one in apart(row["body"])]


@pytest.mark.parametrize(
    ("params", "html", "text"),
    [
        ({"text": "Hello <Ana>"}, "<p>Hello &lt;Ana&gt;</p>", "Hello <Ana>"),
        ({"markdown": "Hello **Ana**"}, "<p>Hello <strong>Ana</strong></p>", "Hello Ana"),
        ({"html": "<h1>Hello Ana</h1>"}, "<h1>Hello Ana</h1>", "Hello Ana"),
    ],
)
async def test_a_letter_has_a_text_and_html_whichever_was_written(
    mail: Desk, params: Any, html: str, text: str
) -> None:
    message = await sent(mail, **params)
    assert message.get_content_type() == "multipart/alternative"
    parts = [part.get_content() for part in message.iter_parts()]
    assert parts[0].strip() == text
    assert html in parts[1]


@pytest.mark.req("E4", "E5", "E8")
async def test_files_and_documents_go_with_the_letter(mail: Desk, crm: CrmApi) -> None:
    scan, offer = crm.keep(b"\x89PNG scan", "image/png"), crm.keep(PDF, "application/pdf")
    crm.documents["1"] = {"token": "secret123", "file": offer, "template": "offer"}
    crm.keep(b"notes", "text/plain")
    attach = [scan, LINK, {"file": offer, "name": "Offer 7.pdf", "content_type": "application/pdf"}]
    message = await sent(mail, text=f"Your offer: {LINK}", attach=attach)
    files = [(f.get_filename(), f.get_content_type(), f.get_payload(decode=True)) for f in message.iter_attachments()]
    assert files == [
        ("file-1.png", "image/png", b"\x89PNG scan"),
        ("offer.pdf", "application/pdf", PDF),
        ("Offer 7.pdf", "application/pdf", PDF),
    ]
    body = message.get_body(("plain",))
    assert body is not None
    assert LINK in body.get_content()


@pytest.mark.parametrize(
    ("attach", "words"),
    [
        (["f" * 64], "attach.0: there is no such file any more"),
        (["https://shop.example/d/gone12345"], "attach.0: there is no such document any more"),
        (["https://evil.example/d/secret123"], "neither a file of the CRM nor the link of a document"),
        (["/etc/passwd"], "neither a file of the CRM nor the link of a document"),
    ],
)
async def test_a_file_that_is_not_there_fails_the_letter_in_words(mail: Desk, attach: Any, words: str) -> None:
    await mail.take(letter(mail, text="x", attach=attach))
    (outcome,) = await mail.work("failed")
    assert words in outcome.reason
    assert not mail.sim.mail.accepted


async def test_files_beyond_what_the_account_sends_are_refused_with_both_sizes(
    mail: Desk, crm: CrmApi, changed_connection: Any
) -> None:
    await changed_connection(mail, "mail", largest=1_000_000)
    await mail.take(letter(mail, text="x", attach=[crm.keep(bytes(1_500_000), "application/zip")]))
    (outcome,) = await mail.work("failed")
    assert "the files have 1.5 MB, and this account sends 1.0 MB" in outcome.reason


async def test_files_that_cannot_be_had_now_are_fetched_again(mail: Desk, crm: CrmApi) -> None:
    crm.failing = 2
    await mail.take(letter(mail, text="x", attach=[crm.keep(PDF, "application/pdf")]))
    (outcome,) = await mail.work("sent")
    assert outcome.attempts == 3


@pytest.mark.parametrize(
    ("account", "rule", "tracked"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
async def test_a_letter_tells_of_its_reader_only_where_that_is_wanted(
    mail: Desk, changed_connection: Any, account: object, rule: object, tracked: object
) -> None:
    await changed_connection(mail, "mail", track=account)
    message = await sent(mail, html='<a href="https://a.example">x</a>', track=rule)
    body = message.get_body(("html",))
    assert body is not None
    assert ("/m/o/" in body.get_content(), "/m/l/" in body.get_content()) == (tracked, tracked)
    assert ('href="https://a.example"' in body.get_content()) is not tracked


async def test_a_client_can_unsubscribe_and_a_colleague_is_not_asked(mail: Desk) -> None:
    message = await sent(mail, text="x")
    assert re.fullmatch(r"<https://shop\.example/m/u/[\w-]+>", message["List-Unsubscribe"])
    colleague = Recipient(whom="person:ann", address="ann@shop.example", name="Ann")
    await mail.take(mail.action(colleague, execution=mail.item, params={"subject": "s", "text": "t"}))
    await mail.work("sent", "sent")
    assert b"List-Unsubscribe" not in mail.sim.mail.accepted[-1].raw


@pytest.mark.req("I14")
async def test_that_it_was_sent_is_a_signal_under_one_id(mail: Desk) -> None:
    order = letter(mail, text="x")
    await mail.take(order)
    await mail.work("sent")
    await mail.take(order.model_copy(update={"round": 2}))
    told = await signals(mail)
    assert {(s.id, s.kind, s.binding) for s in told} == {(told[0].id, "email.sent", mail.item)}
    assert told[0].payload | {"message_id": ""} == {
        "effect": str(mail.effect(TO)),
        "rule": "greet",
        "subject": "An offer",
        "message_id": "",
    }


@pytest.mark.parametrize("code", [451, 550])
async def test_a_letter_that_was_not_accepted_is_no_signal(mail: Desk, code: int) -> None:
    mail.sim.fail("smtp", "status", code=code, times=20)
    await mail.take(letter(mail, text="x"))
    await mail.work("failed")
    assert await signals(mail) == []


async def test_letters_go_over_few_conversations(mail: Desk, changed_connection: Any) -> None:
    await changed_connection(mail, "mail", connections=2, letters_per_connection=10)
    before = mail.sim.mail.conversations
    people = [mail.to(f"c{n}@example.com") for n in range(20)]
    await mail.take(mail.action(*people, params={"subject": "s", "text": "t"}))
    await mail.work(*["sent"] * 20)
    assert mail.sim.mail.conversations - before in {2, 3}
    assert {to for one in mail.sim.mail.accepted for to in one.recipients} == {p.address for p in people}


async def test_a_conversation_that_the_server_cut_meanwhile_is_replaced(mail: Desk) -> None:
    await sent(mail, text="x")
    for conversation in list(mail.sim.mail.open):
        conversation.cut()
    await mail.take(mail.action(mail.to("rui@example.com"), execution=mail.item))
    outcomes = await mail.work("sent", "sent")
    assert [outcome.attempts for outcome in outcomes] == [1, 1]


async def test_a_refused_letter_leaves_the_next_one_whole(mail: Desk) -> None:
    mail.sim.fail("smtp", "status", code=550, to="gone@example.com")
    await mail.take(mail.action(mail.to("gone@example.com"), mail.to(TO), params={"subject": "s", "text": "t"}))
    await mail.work("failed", "sent")
    (accepted,) = mail.sim.mail.accepted
    assert accepted.recipients == [TO]


async def test_an_address_in_any_letters_arrives_where_the_server_carries_it(mail: Desk) -> None:
    await mail.take(letter(mail, to="анна@пример.рф", text="x"))
    await mail.work("sent")
    (accepted,) = mail.sim.mail.accepted
    assert accepted.recipients == ["анна@xn--e1afmkfd.xn--p1ai"]
