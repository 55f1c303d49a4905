"""How a document's template is filled in, and what it becomes."""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from action_workers.documents import press, pressing
from action_workers.documents.filling import fill
from action_workers.documents.making import PAGE, PDF, Maker, Paper
from action_workers.documents.press import REFUSED
from automation.papers.placeholders import DOCX, LARGEST_TEMPLATE
from chassis.errors import Rejected, Retryable
from contracts.config import Portal
from docx import Document

CONTEXT: dict[str, Any] = {"item": {"title": "Sofa <b>&"}, "contact": {"name": "Ana"}}
GERMAN = Portal(language="de", zone="Europe/Berlin")


def letter(*lines: str) -> bytes:
    paper = Document()
    for line in lines:
        paper.add_paragraph(line)
    made = BytesIO()
    paper.save(made)
    return made.getvalue()


def lines_of(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(BytesIO(content)).paragraphs]


async def made(template: bytes, format_: Any = "", *, context: dict[str, Any] = CONTEXT, **more: Any) -> Paper:
    return await Maker(template, "text/html", format_, GERMAN, **more).make(context)


def test_values_are_escaped_in_html() -> None:
    assert fill(b"<h1>{{ item.title }}</h1>", "text/html; charset=utf-8", CONTEXT) == b"<h1>Sofa &lt;b&gt;&amp;</h1>"


def test_values_are_escaped_once_also_after_filters() -> None:
    assert fill(b"{{ item.title | upcase }}", "text/html", CONTEXT) == b"SOFA &lt;B&gt;&amp;"


def test_values_stay_as_they_are_in_plain_text() -> None:
    assert fill(b"{{ item.title }}", "text/plain", CONTEXT) == b"Sofa <b>&"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(Rejected, match=r"item\.amount"):
        fill(b"{{ item.amount }}", "text/html", CONTEXT)


def test_a_value_that_a_filter_stumbles_over_is_refused_in_words() -> None:
    for text in (b"{{ item.title | sum }}", b"{{ item.title | round }}"):
        with pytest.raises(Rejected, match=r"the template cannot be filled in: .* is n"):
            fill(text, "text/html", CONTEXT)


def test_a_default_stands_in_for_a_missing_value() -> None:
    assert fill(b"{{ item.amount | default: 'open' }}", "text/html", CONTEXT) == b"open"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (b"{{ item.title", "cannot be filled in"),
        (b"{% for x in (1..1000000) %}x{% endfor %}", "cannot be filled in"),
        (b"{{ item.title | money }}", "is no number"),
        (b"\xff\xfe", "UTF-8"),
        (b"x" * (LARGEST_TEMPLATE + 1), "bytes"),
    ],
)
def test_a_template_that_cannot_be_filled_in_says_why(template: bytes, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        fill(template, "text/html", CONTEXT)


async def test_a_letter_is_filled_in_with_rows_and_money_as_the_portals_language_has_it() -> None:
    rows = [{"name": "Table & <b>", "gross": "1234.5 EUR"}, {"name": "Chair", "gross": "9 EUR"}]
    loop = "{% for row in rows %}{{ row.name }}: {{ row.gross | money }}; {% endfor %}"
    paper = await made(letter("Dear {{ contact.name }}", loop), context={**CONTEXT, "rows": rows})
    assert (paper.content_type, paper.ending) == (DOCX, "docx")
    assert lines_of(paper.content) == ["Dear Ana", "Table & <b>: 1.234,50\xa0€; Chair: 9,00\xa0€; "]


async def test_a_page_becomes_pdf() -> None:
    picture = "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='>"
    paper = await made(f"<h1>{{{{ item.title }}}}</h1>{picture}".encode(), "pdf")
    assert (paper.content[:5], paper.content_type, paper.ending) == (b"%PDF-", PDF, "pdf")


async def test_a_page_stays_a_page() -> None:
    paper = await made(b"<h1>{{ contact.name }}</h1>", "html")
    assert paper == Paper(b"<h1>Ana</h1>", PAGE)


@pytest.mark.parametrize(
    "shows",
    [
        "<img src='http://169.254.169.254/latest'>",
        "<img src='//evil.example/x.png'>",
        "<link rel=stylesheet href='file:///etc/passwd'>",
        "<style>@import url(https://evil.example/x.css)</style>",
        "<style>@font-face { font-family: x; src: url(file:///etc/passwd) } p { font-family: x }</style><p>x",
        "<object data='file:///etc/passwd'></object>",
        "<a rel=attachment href='file:///etc/passwd'>x</a>",
    ],
)
def test_nothing_is_fetched_for_a_document(shows: str) -> None:
    told = press.make({"do": "pdf"}, shows.encode())
    # Without a base, some addresses are none at all: what stands there is left out.
    left_out = shows.startswith(("<img src='//", "<object", "<a "))
    assert (told[:1] == REFUSED and b"nothing is fetched" in told) or (left_out and b"root:" not in told)


@pytest.mark.parametrize(
    ("template", "format_", "words"),
    [
        (letter("x"), "html", "docx or pdf"),
        (letter("x"), "pdf", "LibreOffice"),
        (b"<p>", "docx", "no DOCX"),
        (letter("{{ item.amount }}"), "", "amount"),
        (letter("{{ item.title.__class__ }}"), "", "unsafe|__class__|has no value"),
        (letter("{{ item.title | money }}"), "", "is no number"),
        (b"PK\x03\x04 nothing", "", "no DOCX"),
    ],
)
async def test_what_cannot_become_a_document_is_refused_in_words(template: bytes, format_: str, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        await made(template, format_)


async def test_a_document_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Rejected, match="takes longer"):
        await pressing.run((sys.executable, "-c", "import time; time.sleep(60)"), b"", longest=0.2)


async def test_a_press_that_dies_is_an_outcome_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressing, "PRESS", (sys.executable, "-c", "raise SystemExit(9)"))
    with pytest.raises(Rejected, match="more memory or time"):
        await pressing.pressed({"do": "pdf"}, b"<p>")


async def test_the_press_sees_none_of_the_workers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION_WORKERS_CRM_API_TOKEN", "secret")
    shown = await pressing.run((sys.executable, "-c", "import os; print(dict(os.environ))"), b"", longest=60)
    assert b"secret" not in shown


OFFICE = """#!/bin/sh
for last; do :; done
while [ "$1" != --outdir ]; do shift; done
cp "$last" "$2/document.pdf"
"""


async def test_a_letter_becomes_pdf_by_the_program_that_is_set(tmp_path: Path) -> None:
    office = tmp_path / "soffice"
    office.write_text(OFFICE)
    office.chmod(0o700)
    paper = await made(letter("Dear {{ contact.name }}"), "pdf", libre_office=str(office))
    assert (paper.content_type, lines_of(paper.content)) == (PDF, ["Dear Ana"])
    with pytest.raises(Retryable, match="LibreOffice is not at"):
        await made(letter("x"), "pdf", libre_office=str(tmp_path / "gone"))
