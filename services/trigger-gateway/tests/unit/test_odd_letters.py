"""Letters as odd programs write them: parts in parts, charsets, broken headers, reports, and what is never kept."""

import base64
from email.header import Header
from typing import Any
from uuid import UUID

import pytest
from chassis.signing import Signer
from contracts.letters import signed_part, write_message_id
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from trigger_gateway.letters.letter import LONGEST_TEXT, MOST_REFERENCES, File, Letter
from trigger_gateway.letters.mime import LetterUnreadable, read
from trigger_gateway.sources.letters import MOST_FILES, MOST_RECIPIENTS, delivery_id, told

SIGNER = Signer(SecretStr(base64.b64encode(bytes(32)).decode()), "letters")
EFFECT, ITEM = UUID(int=1), UUID(int=2)
OURS = write_message_id(EFFECT, ITEM, SIGNER.tag(signed_part(EFFECT, ITEM), 8), "shop.example")
HEAD = b"From: Rita <rita@example.com>\r\nMessage-ID: <m1@example.com>\r\n"


def letter(*lines: bytes) -> Letter:
    return read(HEAD + b"\r\n".join(lines) + b"\r\n")


def text(kind: bytes, content: bytes, encoding: bytes = b"8bit") -> Letter:
    return letter(b"Content-Type: " + kind, b"Content-Transfer-Encoding: " + encoding, b"", content)


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        (b"utf-8", "Olá, привет, 安".encode()),
        (b"UTF8", "Olá, привет, 安".encode()),
        (b'"utf-8"', "Olá, привет, 安".encode()),
        (b"iso-8859-1", "Olá".encode("latin-1")),
        (b"windows-1251", "привет".encode("cp1251")),
        (b"koi8-r", "привет".encode("koi8-r")),
        (b"iso-2022-jp", "安".encode("iso-2022-jp")),
        (b"gb18030", "安".encode("gb18030")),
    ],
)
def test_a_text_is_read_in_its_own_charset(charset: bytes, content: bytes) -> None:
    assert text(b"text/plain; charset=" + charset, content).text in "Olá, привет, 安"
    assert "\ufffd" not in text(b"text/plain; charset=" + charset, content).text


@pytest.mark.parametrize("charset", [b"nonsense", b"idna", b"undefined", b"hex", b"base64", b"x\x00y", b"", b"=?"])
def test_a_charset_that_is_none_for_texts_hides_no_text(charset: bytes) -> None:
    assert "Hello" in text(b"text/plain; charset=" + charset, b"Hello").text


@pytest.mark.parametrize(
    ("encoding", "content", "read_as"),
    [
        (b"base64", base64.b64encode(b"Hello"), "Hello"),
        (b"base64", b"SGVs bG8", "Hello"),
        (b"quoted-printable", b"Ol=C3=A1=\r\n!", "Olá!"),
        (b"quoted-printable", b"50=% off", "50=% off"),
        (b"BASE64", base64.b64encode(b"Hello"), "Hello"),
        (b"base64 ", base64.b64encode(b"Hello"), "Hello"),
        (b"base64\t\r\n ", base64.b64encode(b"Hello"), "Hello"),
        (b"Quoted-Printable (as ever)", b"Ol=C3=A1", "Olá"),
        (b"8bit ", b"Hello", "Hello"),
        (b"x-unknown", b"Hello", "Hello"),
        (b"", b"Hello", "Hello"),
    ],
)
def test_a_text_is_read_however_it_is_packed(encoding: bytes, content: bytes, read_as: str) -> None:
    assert text(b"text/plain; charset=utf-8", content, encoding).text == read_as


NAMED = "Иванова Мария Александровна Петрова-Водкина"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (Header(NAMED, "utf-8", header_name="From").encode(linesep="\r\n").encode(), NAMED),
        (b"=?utf-8?q?Silva,_Rita?=", "Silva, Rita"),
        (b'"Silva, Rita"', "Silva, Rita"),
        (b"=?iso-8859-1?q?Ol=E1?= Shop", "Olá Shop"),
        (b"=?utf-8?q?Ol?= =?utf-8?q?=C3=A1?=", "Olá"),
        ("Рита".encode(), "Рита"),
        (b"=?x?q?Rita?=", "Rita"),
        (b"=?utf-8?q?a=0Ab?=", "=?utf-8?q?a=0Ab?="),
        (b"", ""),
    ],
)
def test_a_name_is_whole_however_many_words_it_is_torn_into(written: bytes, name: str) -> None:
    found = read(b"From: " + written + b"\r\n <rita@example.com>\r\n\r\nHello")
    assert (found.name, found.sender) == (name, "rita@example.com")


NESTED = [
    b"Content-Type: multipart/mixed; boundary=a",
    b"",
    b"--a",
    b"Content-Type: multipart/related; boundary=b",
    b"",
    b"--b",
    b"Content-Type: multipart/alternative; boundary=c",
    b"",
    b"--c",
    b"Content-Type: text/plain",
    b"",
    b"Plain",
    b"--c",
    b"Content-Type: text/html",
    b"",
    b"<p>Rich</p>",
    b"--c--",
    b"--b",
    b'Content-Type: image/png; name="logo.png"',
    b"Content-Disposition: inline",
    b"",
    b"PNG",
    b"--b--",
    b"--a",
    b"Content-Type: application/pdf",
    b'Content-Disposition: attachment; filename="=?utf-8?b?0J/Qu9Cw0L0=?=.pdf"',
    b"",
    b"PDF!",
    b"--a",
    b"Content-Type: message/rfc822",
    b"",
    b"From: other@example.com",
    b"Subject: Inside",
    b"",
    b"Not new",
    b"--a--",
]


def test_the_text_is_found_in_parts_of_parts_and_every_file_is_told() -> None:
    whole = letter(*NESTED)
    assert whole.text == "Plain"
    assert whole.files == (File("logo.png", 3, "image/png"), File("План.pdf", 4, "application/pdf"))
    rich = [b"Content-Type: text/x-none" if line == b"Content-Type: text/plain" else line for line in NESTED]
    assert letter(*rich).text.strip() == "Rich"


def test_a_letter_of_files_alone_has_no_text() -> None:
    only = letter(b"Content-Type: text/plain", b"Content-Disposition: attachment", b"", b"A file")
    assert (only.text, only.files) == ("", (File("", 8, "text/plain"),))


@pytest.mark.parametrize("disposition", [b"attachment; filename*", b"ATTACHMENT; filename*0*", b"attachment; x*0=; x*"])
def test_a_file_whose_name_cannot_be_read_hides_neither_itself_nor_the_text(disposition: bytes) -> None:
    parts = [b"Content-Type: multipart/mixed; boundary=a", b"", b"--a", b"Content-Type: text/html", b"", b"<p>Yes</p>"]
    odd = [b"--a", b"Content-Type: text/plain", b"Content-Disposition: " + disposition, b"", b"1234", b"--a--"]
    whole = letter(*parts, *odd)
    assert whole.text.strip() == "Yes"
    assert [(file.size, file.content_type) for file in whole.files] == [(4, "text/plain")]


PIECES = [
    b"a",
    b"text/plain",
    b"; charset",
    b"; filename",
    b"*",
    b"*0",
    b"*1*",
    b"=",
    b'"',
    b"utf-8''",
    b"%",
    b"%41",
    b";",
]
PIECES += [
    b"=?utf-8?q?=41?=",
    b"=?x?y?=",
    b"<",
    b">",
    b"(",
    b")",
    b"@",
    b",",
    b":",
    b"\\",
    b" ",
    b"\t",
    b"\xe9",
    b"\r\n ",
]
NAMES = [b"From", b"To", b"Cc", b"Subject", b"Message-ID", b"In-Reply-To", b"References", b"Content-Type"]
NAMES += [b"Content-Disposition", b"Content-Transfer-Encoding", b"MIME-Version", b"Date", b"Auto-Submitted"]
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(PIECES), max_size=8)), max_size=5)


@given(HEADERS)
@settings(max_examples=60, deadline=None)
def test_whatever_pieces_headers_are_made_of_a_letter_is_read_or_refused(
    headers: list[tuple[bytes, list[bytes]]],
) -> None:
    head = b"".join(name + b": " + b"".join(pieces) + b"\r\n" for name, pieces in headers)
    for raw in (head + HEAD + b"\r\nHello", HEAD + head + b"\r\nHello"):
        try:
            heard = told(read(raw), SIGNER)
        except LetterUnreadable:
            continue
        assert str(heard.payload).encode()
        assert all(c.isprintable() for c in str(heard.payload["subject"]))


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ([b"Auto-Submitted: auto-generated"], True),
        ([b"Auto-Submitted: NO"], False),
        ([b"Auto-Submitted: no; x=y"], False),
        ([b"Precedence: auto_reply"], True),
        ([b"Precedence: list "], True),
        ([b"Precedence: junk"], True),
        ([b"List-Unsubscribe: <https://x.example>"], True),
        ([b"Feedback-ID: 1:2:3"], True),
        ([b"X-Auto-Response-Suppress: All"], True),
        ([b"Return-Path: <rita@example.com>"], False),
        ([b"X-Mailer: Outlook", b"Importance: high"], False),
    ],
)
def test_what_nobody_wrote_by_hand_is_marked(headers: list[bytes], automatic: object) -> None:
    assert letter(*headers, b"", b"I am away").automatic is automatic


def report(original: bytes, fields: bytes, kind: bytes = b"text/rfc822-headers") -> Letter:
    return letter(
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        b"",
        b"--b",
        b"Content-Type: message/delivery-status",
        b"",
        b"Reporting-MTA: dns; mx.example",
        b"",
        fields,
        b"",
        b"--b",
        b"Content-Type: " + kind,
        b"",
        original,
        b"",
        b"--b--",
    )


FAILED = b"Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user"


@pytest.mark.parametrize("kind", [b"text/rfc822-headers", b"message/rfc822", b"message/rfc822-headers"])
@pytest.mark.parametrize(
    "written", [b"Message-ID: %b", b"MESSAGE-ID:%b", b"Message-Id:\r\n %b", b"Message-ID: \r\n\t%b"]
)
@pytest.mark.parametrize("before", [b"", b"Received: from a\r\n by b\r\n", b"Subject: Message-ID: <none@x>\r\n"])
def test_the_letter_that_did_not_arrive_is_known_wherever_its_id_stands(
    kind: bytes, written: bytes, before: bytes
) -> None:
    original = before + written % OURS.encode() + b"\r\nSubject: Offer"
    (found,) = told(report(original, FAILED, kind), SIGNER).reports
    assert (found.effect, found.item) == (EFFECT, ITEM)


@pytest.mark.parametrize(
    ("fields", "reason", "suppress"),
    [
        (FAILED, "5.1.1 550 no such user", "the mailbox does not exist"),
        (b"Action: FAILED \r\nStatus: 5.1.10", "5.1.10", "the mailbox does not exist"),
        (
            b"Action: failed\r\nStatus: 5.7.1\r\nDiagnostic-Code: smtp; 550 5.1.1.9 is listed",
            "5.7.1 550 5.1.1.9 is listed",
            "",
        ),
        (b"Action: failed", "it did not arrive", ""),
        (b"Action: failed\r\nDiagnostic-Code: smtp;550\r\n  over\r\n  lines", "550 over lines", ""),
        (b"Action: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; " + b"x" * 400, "5.0.0 " + "x" * 294, ""),
        (
            b"Action: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 no\x00such user",
            "5.0.0 550 no such user",
            "",
        ),
        (b"Action: delivered\r\n\r\n" + FAILED, "5.1.1 550 no such user", "the mailbox does not exist"),
    ],
)
def test_why_it_did_not_arrive_is_told_in_the_server_s_words(fields: bytes, reason: str, suppress: str) -> None:
    (found,) = told(report(b"Message-ID: " + OURS.encode(), fields), SIGNER).reports
    assert (found.reason, found.suppress) == (reason, suppress)


@pytest.mark.parametrize("action", [b"delayed", b"delivered", b"relayed", b"expanded", b""])
def test_a_report_of_no_failure_bounces_nothing(action: bytes) -> None:
    heard = told(report(b"Message-ID: " + OURS.encode(), b"Action: " + action + b"\r\nStatus: 4.0.0"), SIGNER)
    assert heard.reports == ()


def test_of_a_long_letter_only_so_much_is_told() -> None:
    many = b", ".join(b"c%d@example.com" % n for n in range(MOST_RECIPIENTS + 10))
    part = b'--b\r\nContent-Type: image/png; name="%d.png"\r\n\r\nx\r\n'
    files = b"".join(part % n for n in range(MOST_FILES + 5))
    body = b"--b\r\n\r\n" + b"y" * (LONGEST_TEXT + 5) + b"\r\n" + files + b"--b--"
    heard = told(letter(b"To: " + many, b"Content-Type: multipart/mixed; boundary=b", b"", body), None)
    payload: dict[str, Any] = heard.payload
    assert (len(payload["to"]), len(payload["files"]), len(payload["text"])) == (
        MOST_RECIPIENTS,
        MOST_FILES,
        LONGEST_TEXT,
    )
    assert payload["files"][-1] == {"name": f"{MOST_FILES - 1}.png", "size": 1, "type": "image/png"}


def test_an_answer_to_an_answer_is_bound_by_the_nearest_letter_of_ours() -> None:
    other = write_message_id(EFFECT, UUID(int=3), SIGNER.tag(signed_part(EFFECT, UUID(int=3)), 8), "shop.example")
    chain = letter(b"References: " + f"{OURS} {other} <c@d>".encode(), b"In-Reply-To: <x@y>", b"", b"Yes")
    assert told(chain, SIGNER).binding == UUID(int=3)
    direct = letter(b"References: " + other.encode(), b"In-Reply-To: " + OURS.encode(), b"", b"Yes")
    assert told(direct, SIGNER).binding == ITEM
    assert told(direct, None).binding is None


def test_ids_that_are_too_many_or_too_long_are_kept_within_bounds() -> None:
    flood = b" ".join(b"<%d@x>" % n for n in range(500))
    assert letter(b"References: " + flood, b"", b"x").answers[0] == "<499@x>"
    assert len(letter(b"References: " + flood, b"", b"x").answers) == MOST_REFERENCES
    assert delivery_id("x" * 300) == "x" * 300
    assert len(delivery_id("x" * 301)) == 64
    assert delivery_id("x" * 301) != delivery_id("x" * 302)


def test_a_letter_without_an_id_is_known_by_its_bytes() -> None:
    raw = b"From: rita@example.com\r\n\r\nHello"
    assert read(raw).message_id == read(raw).message_id != read(raw + b"!").message_id
