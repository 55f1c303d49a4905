"""The parts of a letter: what is made of what was written, its links and marks."""

import base64
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from action_workers.effect import Effect
from action_workers.letters.attachments import Wanted, named, wanted
from action_workers.letters.links import rewritten, with_pixel
from action_workers.letters.marks import Marks
from action_workers.letters.writing import written
from action_workers.providers.crm import Fetched
from chassis.plain_text import plain_text
from chassis.signing import Signer
from contracts.actions import Recipient
from contracts.envelope import Cause
from contracts.letters import Mark, read_mark, read_message_id, signed_part
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
READER = UUID(int=9)
SIGNER = Signer(SecretStr(base64.b64encode(bytes(32)).decode()), "letters")


def test_a_plain_text_becomes_paragraphs_and_links_and_nothing_of_it_is_markup() -> None:
    writing = written(text="Dear <Ana> & Rui,\nsee https://shop.example/d/x?a=1&b=2.\n\nBye")
    assert writing.text == "Dear <Ana> & Rui,\nsee https://shop.example/d/x?a=1&b=2.\n\nBye"
    assert "<p>Dear &lt;Ana&gt; &amp; Rui,<br>\nsee " in writing.html
    assert '<a href="https://shop.example/d/x?a=1&amp;b=2">' in writing.html
    assert "</a>.</p><p>Bye</p>" in writing.html


def test_markdown_becomes_html_and_a_text_that_reads_well() -> None:
    writing = written(markdown="# Hello\n\nYour **oak** table:\n\n- [offer](https://x.example/d/1)\n- <b>no</b>\n")
    assert "<strong>oak</strong>" in writing.html
    assert "&lt;b&gt;" in writing.html
    assert writing.text == "Hello\n\nYour oak table:\n\n- offer (https://x.example/d/1)\n- <b>no</b>\n"


def test_an_address_that_runs_something_is_no_link() -> None:
    assert "<a" not in written(markdown="[x](javascript:alert(1))").html


def test_html_is_kept_and_its_text_made() -> None:
    page = "<html><head><style>p{}</style></head><body><p>One&nbsp;two<br>three</p><img alt='a sofa'></body></html>"
    writing = written(html=page)
    assert writing.html == page
    assert writing.text.split() == ["One", "two", "three", "a", "sofa"]
    assert written(html="<p>x</p>", text="mine").text == "mine"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
@settings(max_examples=60)
def test_any_html_has_a_text_and_its_links_are_found(html: str) -> None:
    assert isinstance(plain_text(html), str)
    assert rewritten(html, lambda _, url: url).count("\n") == html.count("\n")


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_no_plain_text_makes_a_tag(text: str) -> None:
    body = written(text=text).html.partition("<body>")[2].partition("</body>")[0]
    assert set(re.findall(r"<[^>]*>", re.sub(r'<a href="[^"<>]*">', "", body))) <= {"<p>", "</p>", "<br>", "</a>"}


def test_each_link_leads_by_us_and_the_rest_stays() -> None:
    html = (
        "<p class=x>é <A HREF='https://a.example/?x=1&amp;y=2' title=\"t\">a</A>\n"
        '<a name="here">b</a> <a href="mailto:x@y.z">c</a>\n  <a\n href=http://b.example>d</a></p>'
    )
    seen: list[tuple[int, str]] = []

    def lead(number: int, url: str) -> str:
        seen.append((number, url))
        return f"https://us/{number}?&"

    made = rewritten(html, lead)
    assert seen == [(1, "https://a.example/?x=1&y=2"), (2, "http://b.example")]
    assert made == (
        '<p class=x>é <A href="https://us/1?&amp;" title="t">a</A>\n'
        '<a name="here">b</a> <a href="mailto:x@y.z">c</a>\n  <a href="https://us/2?&amp;">d</a></p>'
    )


def test_the_picture_stands_at_the_end_of_the_page() -> None:
    assert re.fullmatch(r"<body>x<img src=\"u&amp;v\"[^>]*></BODY>y", with_pixel("<body>x</BODY>y", "u&v"))
    assert with_pixel("x", "u").startswith("x<img")


def effect(contact: UUID | None = READER) -> Effect:
    """Give an effect of a letter."""
    more: dict[str, Any] = {"effects": 1, "connection": "", "asked_at": NOW, "not_before": NOW, "expires_at": None}
    return Effect(
        id=UUID(int=1),
        execution=UUID(int=2),
        kind="email",
        action="send-email",
        item=UUID(int=3),
        activation=1,
        round=1,
        recipient=Recipient(whom="contact:9", address="ana@example.com", contact=contact),
        params={"rule": "offer"},
        at_least_once=False,
        repeatable=False,
        last_attempt=1,
        cause=Cause(UUID(int=4), UUID(int=5)),
        at=NOW,
        **more,
    )


def marks_in(html: str) -> list[Mark | None]:
    tokens = re.findall(r"https://shop\.example/m/[olu]/([\w-]+)", html)
    return [read_mark(SIGNER.read(token) or b"") for token in tokens]


def test_a_tracked_letter_tells_which_link_of_which_rule() -> None:
    tracked = Marks(effect(), SIGNER, "https://shop.example/").tracked(written(text="see https://a.example/x"))
    link, view = marks_in(tracked.html)
    assert link == Mark("link", UUID(int=1), UUID(int=3), "offer", "https://a.example/x", 1)
    assert view == Mark("view", UUID(int=1), UUID(int=3), "offer")
    assert tracked.text == "see https://a.example/x"


def test_the_unsubscribe_address_knows_the_reader_and_employees_have_none() -> None:
    (mark,) = marks_in(Marks(effect(), SIGNER, "https://shop.example").unsubscribe())
    assert mark is not None
    assert (mark.kind, mark.contact, mark.address) == ("unsubscribe", UUID(int=9), "ana@example.com")
    assert Marks(effect(None), SIGNER, "https://shop.example").unsubscribe() == ""


@pytest.mark.parametrize(("signer", "url"), [(None, "https://shop.example"), (SIGNER, "")])
def test_without_a_key_or_an_address_nothing_is_carried(signer: Signer | None, url: str) -> None:
    writing = written(text="see https://a.example/x")
    marks = Marks(effect(), signer, url)
    assert marks.tracked(writing) == writing
    assert marks.unsubscribe() == ""
    assert marks.message_id("shop.example").startswith(f"<{UUID(int=1)}")


def test_the_message_id_names_effect_and_item_under_our_tag() -> None:
    read = read_message_id(Marks(effect(), SIGNER, "").message_id("shop.example"))
    assert read is not None
    assert read[:2] == (UUID(int=1), UUID(int=3))
    assert read[2] == SIGNER.tag(signed_part(*read[:2]), 8)


def test_what_a_rule_attaches_is_read() -> None:
    assert list(wanted(["a, b", {"file": "c", "name": "n"}, ""])) == [
        Wanted("attach.0", "a"),
        Wanted("attach.0", "b"),
        Wanted("attach.1", "c", "n"),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("", "application/pdf", "file-2.pdf"),
        ("Offer", "application/pdf; charset=x", "Offer.pdf"),
        ("../../etc/passwd", "text/plain", "etc passwd.txt"),
        ("a\r\nb\u202efdp.exe", "application/pdf", "a b fdp.exe"),
        ("..", "application/x-unknown", "file-2"),
        ("x" * 500, "application/pdf", "x" * 150 + ".pdf"),
    ],
)
def test_a_file_s_name_harms_nobody(name: str, kind: str, shown: str) -> None:
    assert named(Wanted("attach.0", "f", name), Fetched(kind, b""), 2).name == shown
