"""How a letter is composed."""

import email
import email.policy
from datetime import UTC, datetime
from typing import Any

import pytest
from action_workers.letters.composing import Attachment, Letter, address, compose
from action_workers.letters.writing import written
from chassis.errors import Rejected

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def composed(subject: str = "Your contract", text: str = "Hello", name: str = "Ana", **more: Any) -> bytes:
    to = address(more.pop("to", "ana@example.com"), name)
    sender = address("shop@example.com", "Shop")
    return compose(Letter(sender, to, subject, written(text=text), "<1@example.com>", NOW, **more)).as_bytes()


def test_a_mail_says_what_it_is_and_when() -> None:
    raw = composed().decode()
    assert "Message-ID: <1@example.com>\r\n" in raw
    assert "Auto-Submitted: auto-generated\r\n" in raw
    assert "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n" in raw
    assert "To: Ana <ana@example.com>\r\n" in raw
    assert "List-Unsubscribe" not in raw


def test_a_reader_unsubscribes_with_one_click() -> None:
    # An address of this length was once folded into encoded words, which no mail program reads as an address.
    address_of_it = "https://shop.example/m/u/" + "A" * 700
    raw = composed(unsubscribe=address_of_it)
    assert f"\r\nList-Unsubscribe: <{address_of_it}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
def test_a_subject_cannot_add_headers(end: str) -> None:
    head, _, _ = composed(f"x{end}Bcc: all@example.com").partition(b"\r\n\r\n")
    assert not any(line.startswith(b"Bcc:") for line in head.splitlines())
    assert b"Subject: x Bcc: all@example.com" in head


def test_a_name_cannot_add_headers() -> None:
    head, _, _ = composed(name="Ana\r\nBcc: all@example.com").partition(b"\r\n\r\n")
    assert not any(line.startswith(b"Bcc:") for line in head.splitlines())


@pytest.mark.parametrize(
    "bad", ["", "ana", "ana@", "ana@example.com\r\nBcc: x@y.z", "a b@example.com", "ana@ex,x@y.z", "ana@exa mple.ç"]
)
def test_what_is_no_address_is_refused_in_words(bad: str) -> None:
    with pytest.raises(Rejected, match="is not an email address"):
        address(bad)


def test_a_domain_in_any_letters_travels_as_dns_knows_it() -> None:
    assert address("ana@пример.рф").addr_spec == "ana@xn--e1afmkfd.xn--p1ai"
    assert b"To: Ana <ana@xn--e1afmkfd.xn--p1ai>" in composed(to="ana@пример.рф")


def test_any_letters_travel_over_seven_bits() -> None:
    raw = composed("Договор №1", "Olá, é o seu contrato " * 20, name="Анна")
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    ("kind", "travels"),
    [
        ("application/pdf", "application/pdf"),
        ("text/plain", "text/plain"),
        ("message/rfc822", "application/octet-stream"),
        ("multipart/mixed", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("text/ç", "application/octet-stream"),
    ],
)
def test_a_file_keeps_its_bytes_name_and_type(kind: str, travels: str) -> None:
    content = bytes(range(256)) + "é\r\n.\r\n".encode()
    raw = composed(attachments=[Attachment("Договор 1.pdf\r\nBcc: x@y.z", kind, content)])
    (file,) = email.message_from_bytes(raw, policy=email.policy.default).iter_attachments()
    assert file.get_content_type() == travels
    assert file.get_filename() == "Договор 1.pdf Bcc: x@y.z"
    assert file.get_payload(decode=True) == content
    assert email.message_from_bytes(raw)["Bcc"] is None
