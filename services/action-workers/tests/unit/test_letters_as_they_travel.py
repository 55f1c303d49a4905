"""Letters as they travel: whatever stands in them, the reader's program reads that and nothing else."""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import pytest
from action_workers.letters.composing import Attachment, Letter, address, compose
from action_workers.letters.links import rewritten, with_pixel
from action_workers.letters.writing import Writing, written
from chassis.errors import Rejected
from contracts.letters import read_message_id, write_message_id
from hypothesis import example, given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SENDER = address("shop@example.com", "Shop")
HIDDEN = ["x=0ABcc:_all@example.com", "x=0D=0ABcc:_all@example.com", "x=0D=0A=0D=0ABody"]


def raw(to: str = "ana@example.com", name: str = "Ana", subject: str = "Offer", **more: Any) -> bytes:
    known: dict[str, Any] = {"writing": written(text="Hello"), "message_id": "<1@example.com>", "at": NOW, **more}
    return compose(Letter(sender=SENDER, to=address(to, name), subject=subject, **known)).as_bytes()


def read(content: bytes) -> EmailMessage:
    """Read a letter as a mail program does."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def names(content: bytes) -> list[str]:
    head = content.partition(b"\r\n\r\n")[0].decode()
    return [line.partition(":")[0].lower() for line in re.split(r"\r\n(?![ \t])|\n(?![ \t\n])|\r(?!\n)", head)]


PLAIN = names(raw())


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(
    "form", ["=?utf-8?q?{}?=", "=?UTF-8?Q?{}?=", "Hi =?us-ascii?q?{}?= you", "Hi=?utf-8*en?q?{}?="]
)
def test_what_looks_encoded_in_a_subject_or_name_adds_no_header(hidden: str, form: str) -> None:
    text = form.format(hidden)
    for content in (raw(subject=text), raw(name=text)):
        assert names(content) == PLAIN
        assert read(content)["bcc"] is None
        assert content.partition(b"\r\n\r\n")[2].startswith(b"--=")


def test_what_looks_encoded_in_base64_adds_no_header_either() -> None:
    text = "=?utf-8?b?eA0KQmNjOiBhbGxAZXhhbXBsZS5jb20=?="  # x, line end, Bcc: all@example.com
    assert names(raw(subject=text)) == names(raw(name=text)) == PLAIN


@pytest.mark.parametrize(
    "to",
    [
        "=?utf-8?q?ana?=@example.com",
        "=?us-ascii?q?=0D=0ADATA?=@example.com",
        '"=?utf-8?q?x=0A?="@example.com',
        "ana@=?utf-8?q?example.com=0ABcc:?=",
    ],
)
def test_an_address_that_would_be_read_as_another_one_is_refused(to: str) -> None:
    with pytest.raises(Rejected, match="is not an email address"):
        address(to)


WORD = st.sampled_from(
    [
        "a",
        "offer",
        "№",
        "12",
        "?=",
        "(x)",
        '"y"',
        "договор",
        "Иванова-Петрова",
        "é",
        "安全",
        "🎉",
        "x" * 90,
    ]
)
WORDS = st.lists(WORD, min_size=1, max_size=25).map(" ".join)


# The library's own way of folding lost a blank of each.
TORN = "you ,. offer you 🎉 🎉 дом 🎉 стол —"


@given(WORDS)
@example(TORN)
@settings(max_examples=60, deadline=None)
def test_a_subject_of_any_length_and_script_is_read_as_it_was_written(text: str) -> None:
    content = raw(subject=text)
    assert read(content)["subject"] == text
    assert max(map(len, content.split(b"\r\n"))) <= 998


@given(WORDS)
@example("offer 安全 дом договор 🎉 — 🎉 安全")
@settings(max_examples=60, deadline=None)
def test_a_name_of_any_length_and_script_is_read_as_it_was_written(text: str) -> None:
    name = text[:100].strip()
    # The library itself reads a name of several encoded words with blanks between them.
    written, to = parseaddr(str(email.message_from_bytes(raw(name=name))["to"]))
    assert (str(make_header(decode_header(written))), to) == (name, "ana@example.com")


@pytest.mark.parametrize("domain", ["x.example", "a-rather-long-name-of-a-company-and-its-mail.departments.example"])
def test_a_message_id_of_ours_stays_one_word_that_answers_can_name(domain: str) -> None:
    ours = write_message_id(UUID(int=1), UUID(int=2), b"12345678", domain)
    content = raw(message_id=ours)
    assert ours.encode() in content
    assert read_message_id(str(read(content)["message-id"])) == (UUID(int=1), UUID(int=2), b"12345678")


@pytest.mark.parametrize("kind", ["/pdf", "text/", "te xt/plain", "text/pl\nain", 'text/plain"', "a/b/c", "", "text/é"])
def test_a_file_of_a_type_that_cannot_travel_is_just_bytes(kind: str) -> None:
    (file,) = read(raw(attachments=[Attachment("a.bin", kind, b"\x00\xff\r\n")])).iter_attachments()
    assert (file.get_content_type(), file.get_payload(decode=True)) == ("application/octet-stream", b"\x00\xff\r\n")


@pytest.mark.parametrize("kind", ["application/vnd.oasis.opendocument.text", "image/svg+xml", "application/x-7z"])
def test_a_file_of_any_other_type_keeps_it(kind: str) -> None:
    (file,) = read(raw(attachments=[Attachment("a", kind, b"")])).iter_attachments()
    assert file.get_content_type() == kind


def test_all_parts_of_a_letter_say_the_same_in_their_order() -> None:
    invitation = {"calendar": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "method": "REQUEST"}
    message = read(
        raw(writing=written(markdown="**Olá**"), attachments=[Attachment("a.txt", "text/plain", b"a")], **invitation)
    )
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/plain",
    ]
    calendar = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST"


@pytest.mark.parametrize("text", ["x" * 5_000, "я" * 5_000, ".\r\n.", "From here on", "a\u2028b", "\t \r\n\r\n"])
def test_a_text_travels_in_short_lines_of_seven_bits_and_is_read_as_it_was(text: str) -> None:
    content = raw(writing=Writing(text, "<p>x</p>"))
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    body = read(content).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<body>İstanbul İzmir</body>", "<body>İstanbul İzmir|</body>"),
        ("<BODY>a</Body> <body>b</BODY >", "<BODY>a|</Body> <body>b</BODY >"),
        ("<body>a</body><body>b</body>c", "<body>a</body><body>b|</body>c"),
        ("ẞ", "ẞ|"),
    ],
)
def test_the_picture_stands_before_the_end_of_the_page_in_any_language(html: str, shown: str) -> None:
    assert re.sub(r"<img[^>]*>", "|", with_pixel(html, "u")) == shown


@pytest.mark.parametrize(
    ("html", "made"),
    [
        ('<a/href="http://x.example">x</a>', '<a href="us/1">x</a>'),
        ("<a\thref=http://x.example>x</a>", '<a href="us/1">x</a>'),
        ('<a href=" https://x.example ">x</a>', '<a href="us/1">x</a>'),
        ("<a href='HTTPS://x.example' disabled>x</a>", '<a href="us/1" disabled>x</a>'),
        ('<area href="http://x.example">', '<area href="us/1">'),
        ('<abbr href="http://x.example">', '<abbr href="http://x.example">'),
        ('<a href="//x.example">x</a>', '<a href="//x.example">x</a>'),
        ('<!-- <a href="http://x.example"> -->', '<!-- <a href="http://x.example"> -->'),
        ('<style>a[href="http://x"] {}</style>', '<style>a[href="http://x"] {}</style>'),
        ('é安\n\n🎉<a href="http://x.example">x</a>\n', 'é安\n\n🎉<a href="us/1">x</a>\n'),
    ],
)
def test_a_link_is_found_however_it_is_written_and_nothing_else_is(html: str, made: str) -> None:
    assert rewritten(html, lambda number, _: f"us/{number}") == made


def test_so_many_links_lead_by_us_and_the_rest_stay_as_they_are() -> None:
    html = "".join(f'<a href="http://x.example/{n}">x</a>' for n in range(201))
    made = rewritten(html, lambda number, _: f"us/{number}")
    assert made.count('"us/') == 200
    assert made.endswith('<a href="us/200">x</a><a href="http://x.example/200">x</a>')


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see http://x.example.", ["http://x.example"]),
        ("(https://x.example/a?b=1,2)", ["https://x.example/a?b=1,2"]),
        ("https://a.example, https://b.example;", ["https://a.example", "https://b.example"]),
        ('"https://x.example/"', ["https://x.example/"]),
        ("ftp://x.example mailto:a@b.c www.x.example", []),
        ("https://x.example/<script>", ["https://x.example/"]),
    ],
)
def test_addresses_in_a_plain_text_can_be_followed_and_end_where_the_sentence_does(text: str, links: list[str]) -> None:
    assert re.findall(r'<a href="([^"]*)">', written(text=text).html) == links
