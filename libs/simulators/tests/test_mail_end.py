import asyncio
import time
from email.message import EmailMessage

import aiosmtplib
import pytest
import simulators


def letter(to: str = "anna@shop.test") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@shop.test", to, "Ваш договор"
    message["Message-ID"] = "<effect-1@shop.test>"
    message.set_content("Договор: https://shop.test/d/1\n.\nend")
    return message


async def send(sim: simulators.Simulation, message: EmailMessage, *to: str, timeout: float = 60) -> str:  # noqa: ASYNC109
    host, port = sim.smtp.split(":")
    recipients = list(to) or None
    answer = await aiosmtplib.send(message, recipients=recipients, hostname=host, port=int(port), timeout=timeout)
    return answer[1]


async def test_a_message_is_kept_as_it_came(sim: simulators.Simulation) -> None:
    await send(sim, letter())
    mail = sim.mail.accepted[0]
    assert (mail.sender, mail.recipients) == ("shop@shop.test", ["anna@shop.test"])
    assert (mail.message_id, mail.subject) == ("<effect-1@shop.test>", "Ваш договор")
    assert mail.text.splitlines() == ["Договор: https://shop.test/d/1", ".", "end"]
    assert b"Message-ID: <effect-1@shop.test>\r\n" in mail.raw


async def test_one_recipient_is_refused_and_others_are_not(sim: simulators.Simulation) -> None:
    sim.fail("smtp", "status", to="gone@shop.test", code=550)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(sim, letter("gone@shop.test"))
    assert [(each.code, each.message) for each in refused.value.recipients] == [(550, "5.1.1 User unknown")]
    assert not sim.mail.accepted
    await send(sim, letter())
    assert sim.mail.accepted[0].recipients == ["anna@shop.test"]


async def test_a_busy_server_says_451_once(sim: simulators.Simulation) -> None:
    sim.fail("smtp", "status")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(sim, letter())
    assert refused.value.recipients[0].code == 451
    await send(sim, letter())
    assert len(sim.mail.accepted) == 1


async def test_a_message_is_accepted_and_the_connection_cut_after_the_final_dot(sim: simulators.Simulation) -> None:
    sim.fail("smtp", "cut_after")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(sim, letter())
    assert [each.message_id for each in sim.mail.accepted] == ["<effect-1@shop.test>"]


async def test_the_connection_is_cut_and_nothing_is_accepted(sim: simulators.Simulation) -> None:
    sim.fail("smtp", "cut_before", to="boris@shop.test")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(sim, letter(), "anna@shop.test", "boris@shop.test")
    assert not sim.mail.accepted


async def test_a_stalled_answer_comes_after_the_client_has_given_up(sim: simulators.Simulation) -> None:
    sim.fail("smtp", "stall", seconds=60)
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await send(sim, letter(), timeout=3)
    assert len(sim.mail.accepted) == 1


async def test_a_short_stall_only_delays(sim: simulators.Simulation) -> None:
    sim.fail("smtp", "stall", seconds=0.2)
    begun = time.monotonic()
    assert await send(sim, letter())
    assert time.monotonic() - begun >= 0.2


async def test_garbage_follows_an_accepted_message(sim: simulators.Simulation) -> None:
    sim.fail("smtp", "garbage")
    with pytest.raises(aiosmtplib.SMTPException):
        await send(sim, letter())
    assert len(sim.mail.accepted) == 1


async def test_a_plain_message_without_headers_is_kept_too(sim: simulators.Simulation) -> None:
    host, port = sim.smtp.split(":")
    async with aiosmtplib.SMTP(hostname=host, port=int(port), start_tls=False) as smtp:
        await smtp.sendmail("a@shop.test", "b@shop.test", b"\r\nonly text\r\n")
    assert (sim.mail.accepted[0].message_id, sim.mail.accepted[0].subject) == (None, "")


async def test_many_conversations_at_once_are_all_kept(sim: simulators.Simulation) -> None:
    await asyncio.gather(*(send(sim, letter()) for _ in range(20)))
    assert len(await sim.mail.accepted.wait(20, timeout=60)) == 20
