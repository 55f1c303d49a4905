"""How a mail is composed."""

from datetime import UTC, datetime

import pytest
from action_workers.providers.smtp import WIRE, address, compose
from chassis.errors import Rejected

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def composed(subject: str = "Your contract", text: str = "Hello", name: str = "Ana") -> bytes:
    mail = compose(
        address("shop@example.com", "Shop"),
        address("ana@example.com", name),
        subject,
        text,
        message_id="<1@example.com>",
        at=NOW,
    )
    return mail.as_bytes(policy=WIRE)


def test_a_mail_says_what_it_is_and_when() -> None:
    raw = composed().decode()
    assert "Message-ID: <1@example.com>\r\n" in raw
    assert "Auto-Submitted: auto-generated\r\n" in raw
    assert "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n" in raw
    assert "To: Ana <ana@example.com>\r\n" in raw


@pytest.mark.parametrize("subject", ["x\r\nBcc: all@example.com", "x\nBcc: all@example.com", "x\rBcc: all@example.com"])
def test_a_subject_cannot_add_headers(subject: str) -> None:
    head, _, _ = composed(subject).partition(b"\r\n\r\n")
    assert not any(line.startswith(b"Bcc:") for line in head.split(b"\r\n"))
    assert b"Subject: x Bcc: all@example.com" in head


def test_a_name_cannot_add_headers() -> None:
    head, _, _ = composed(name="Ana\r\nBcc: all@example.com").partition(b"\r\n\r\n")
    assert not any(line.startswith(b"Bcc:") for line in head.splitlines())


@pytest.mark.parametrize(
    "written", ["", "ana", "ana@", "ana@example.com\r\nBcc: x@y.z", "a b@example.com", "ana@ex,x@y.z"]
)
def test_what_is_no_address_is_refused_in_words(written: str) -> None:
    with pytest.raises(Rejected, match="is not an email address"):
        address(written)


def test_any_letters_travel_over_seven_bits() -> None:
    raw = composed("Договор №1", "Olá, é o seu contrato " * 20)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
