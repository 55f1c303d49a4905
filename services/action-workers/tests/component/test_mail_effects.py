"""Mail over a real SMTP conversation: every way in which it can go."""

import email
import email.policy
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import Any
from unittest.mock import ANY

import pytest
from action_workers.testing import Desk
from contracts.letters import read_message_id

TO = "ana@example.com"


@pytest.fixture
async def mail(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("email")


def to_ana(mail: Desk, **more: Any) -> Any:
    return mail.action(mail.to(TO), **more)


@pytest.mark.req("E3")
async def test_a_mail_is_sent_with_an_id_that_stays(mail: Desk) -> None:
    await mail.take(to_ana(mail))
    (outcome,) = await mail.work("sent")
    (accepted,) = mail.sim.mail.accepted
    assert (accepted.sender, accepted.recipients) == ("shop@example.com", [TO])
    assert read_message_id(accepted.message_id or "") == (mail.effect(TO), mail.item, ANY)
    assert outcome.results == {"message_id": accepted.message_id}
    assert accepted.subject == "Your contract"
    assert accepted.text.strip() == "A manager will contact you within 30 minutes."


async def test_a_mail_says_that_a_machine_wrote_it_and_when(mail: Desk) -> None:
    await mail.take(to_ana(mail))
    await mail.work("sent")
    message = email.message_from_bytes(mail.sim.mail.accepted[0].raw, policy=email.policy.default)
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]).tzinfo
    assert message["From"] == "The shop <shop@example.com>"


async def test_a_server_that_can_report_is_asked_to_and_knows_the_letter_by_its_envelope(mail: Desk) -> None:
    await mail.take(to_ana(mail))
    await mail.work("sent")
    (accepted,) = mail.sim.mail.accepted
    assert accepted.reports.pop("ENVID").replace("+2B", "+").replace("+3D", "=") == (accepted.message_id or "")[1:-1]
    assert accepted.reports == {"RET": "HDRS", "NOTIFY": "FAILURE,DELAY"}


async def test_a_text_cannot_add_headers_or_recipients(mail: Desk) -> None:
    params = {"subject": "x\r\nBcc: all@example.com", "text": ".\r\nMAIL FROM:<evil@example.com>\r\n.\r\n"}
    await mail.take(to_ana(mail, params=params))
    await mail.work("sent")
    (accepted,) = mail.sim.mail.accepted
    assert accepted.recipients == [TO]
    assert email.message_from_bytes(accepted.raw)["Bcc"] is None
    assert "MAIL FROM:<evil@example.com>" in accepted.text


async def test_any_letters_arrive(mail: Desk) -> None:
    await mail.take(to_ana(mail, params={"subject": "Договор №1", "text": "Olá! Ваш договор готов."}))
    await mail.work("sent")
    (accepted,) = mail.sim.mail.accepted
    assert (accepted.subject, accepted.text.strip()) == ("Договор №1", "Olá! Ваш договор готов.")


async def test_a_lasting_refusal_fails_at_once_in_the_server_s_words(mail: Desk) -> None:
    mail.sim.fail("smtp", "status", code=550)
    await mail.take(to_ana(mail))
    (outcome,) = await mail.work("failed")
    assert (outcome.attempts, outcome.reason) == (1, "the mail server refused: 550 5.1.1 User unknown")


async def test_a_second_mail_that_the_rule_wants_has_the_same_id(mail: Desk) -> None:
    mail.sim.fail("smtp", "cut_after")
    await mail.take(to_ana(mail, at_least_once=True))
    await mail.work("sent")
    one, two = mail.sim.mail.accepted
    assert one.message_id == two.message_id


@pytest.mark.parametrize("address", ["ana", "ana@example.com>\r\nRCPT TO:<all@example.com", "ana@ex ample.com"])
async def test_what_is_no_address_fails_in_words(mail: Desk, address: str) -> None:
    await mail.take(mail.action(mail.to(address)))
    (outcome,) = await mail.work("failed")
    assert "is not an email address" in outcome.reason
    assert not mail.sim.mail.accepted


@pytest.mark.parametrize(
    ("settings", "words", "state"),
    [
        ({"host": "127.0.0.1", "port": 1}, "cannot be reached", "failed"),
        ({"user": "shop", "password": "wrong"}, "", "failed"),
        ({"tls": "starttls"}, "cannot do what the connection asks for", "failed"),
        ({"host": None}, "connection 'mail': host", "failed"),
    ],
)
async def test_a_connection_that_is_set_up_wrongly_fails_in_words(
    mail: Desk, changed_connection: Any, settings: dict[str, Any], words: str, state: str
) -> None:
    await changed_connection(mail, "mail", **settings)
    await mail.take(to_ana(mail))
    (outcome,) = await mail.work(state)
    assert words in outcome.reason
    assert not mail.sim.mail.accepted
