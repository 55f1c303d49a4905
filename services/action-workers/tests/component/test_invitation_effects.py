"""Invitations over a real SMTP conversation: the reader's calendar finds what is asked of it."""

import email
import email.policy
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.testing import Desk

TO = "ana@example.com"
LINES = (
    *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//EN", "METHOD:{method}", "BEGIN:VEVENT", "UID:1@signalbox"),
    *("DTSTAMP:20261120T100000Z", "DTSTART:20261201T100000Z", "SUMMARY:Medição da cozinha", "END:VEVENT"),
    *("END:VCALENDAR", ""),
)


@pytest.fixture
async def mail(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("email")


def invitation(mail: Desk, method: str = "REQUEST", **more: Any) -> Any:
    calendar = "\r\n".join(LINES).format(method=method)
    params = {"subject": "Invitation: Medição", "text": "Medição da cozinha\n", "calendar": calendar, "method": method}
    return mail.action(mail.to(TO), action="send-invitation", params={**params, **more})


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
async def test_an_invitation_has_a_part_for_people_and_one_for_their_calendars(mail: Desk, method: str) -> None:
    await mail.take(invitation(mail, method))
    (outcome,) = await mail.work("sent")
    (accepted,) = mail.sim.mail.accepted
    message = email.message_from_bytes(accepted.raw, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    calendar = parts[-1]
    assert calendar["content-type"].params == {"charset": "utf-8", "method": method}
    assert calendar.get_content().splitlines() == [line.format(method=method) for line in LINES[:-1]]
    assert outcome.results == {"message_id": accepted.message_id}


async def test_what_is_no_invitation_is_refused_in_words(mail: Desk) -> None:
    await mail.take(invitation(mail, method="DANCE"))
    (outcome,) = await mail.work("failed")
    assert "method" in outcome.reason
    assert not mail.sim.mail.accepted
