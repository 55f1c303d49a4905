"""Templates of documents: which values they name, what they may not do, and how values are written."""

from io import BytesIO
from typing import Any

import pytest
from automation.knowledge import Knowledge
from automation.papers.checking import wrong_placeholders
from automation.papers.engines import jinja, liquid
from automation.papers.placeholders import PaperUnreadable, named_in
from automation.papers.wording import CannotWrite, filters
from automation.sandbox import PlaceholderEmpty
from contracts.elements import ElementField, ElementType
from docx import Document
from jinja2 import TemplateError
from liquid.exceptions import LiquidError


def letter(*lines: str, footer: str = "") -> bytes:
    paper = Document()
    for line in lines:
        paper.add_paragraph(line)
    paper.sections[0].footer.paragraphs[0].text = footer
    made = BytesIO()
    paper.save(made)
    return made.getvalue()


def knowledge() -> Knowledge:
    deal = ElementType(key="deal", fields=(ElementField(key="amount", kind="money"),))
    contact = ElementType(key="contact", fields=(ElementField(key="phone", kind="phone"),))
    return Knowledge(types={"deal": deal, "contact": contact})


@pytest.mark.req("D11")
def test_the_placeholders_of_a_letter_are_listed_from_body_and_footer() -> None:
    loop = "{% for row in rows %}{{ row.name }} {{ row.gross | money(totals.currency) }}{% endfor %}"
    named = named_in(letter("Dear {{ contact.name }}", loop, footer="No. {{ document.number }}"))
    assert set(named) == {"contact.name", "rows", "totals.currency", "document.number"}


def test_the_placeholders_of_a_page_are_listed_and_loops_are_not() -> None:
    page = b"<p>{{ item.amount | money }}{% for row in rows %}{{ row.name }}{% endfor %}</p>"
    assert named_in(page) == ("item.amount", "rows")


@pytest.mark.req("D11")
def test_placeholders_that_can_have_no_value_are_named_with_what_would_do() -> None:
    paths = ("item.amuont", "item.amount", "contact.phone", "client.name", "responsible.age", "results.x.url", "rows")
    wrong = dict(wrong_placeholders(paths, knowledge()))
    assert list(wrong) == ["item.amuont", "client.name", "responsible.age"]
    assert "item.amount" in wrong["item.amuont"]
    assert "document" in wrong["client.name"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 and no more", "no DOCX"),
        (b"\xff\xfe", "UTF-8"),
        (b"{{ item.title", "cannot be read"),
        (b"{{ item.title | shell }}", "unknown filter shell"),
        (b"x" * 1_000_001, "bytes"),
        (letter("{{ item.title | shell }}"), "shell"),
        (letter("{% for x in %}"), "cannot be read"),
    ],
)
def test_a_template_that_cannot_be_read_says_why(content: bytes, words: str) -> None:
    with pytest.raises(PaperUnreadable, match=words):
        named_in(content)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ item.__class__.__init__.__globals__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ item.update({}) }}",
        "{% include '/etc/passwd' %}",
        "{% for n in range(10) %}x{% endfor %}",
        "{{ item.missing }}",
    ],
)
def test_a_letter_runs_no_code_and_writes_nothing_that_is_not_there(text: str) -> None:
    with pytest.raises((TemplateError, PlaceholderEmpty, TypeError)):
        jinja("en", "UTC").from_string(text).render({"item": {"title": "x"}})


def test_a_value_that_is_not_there_may_be_asked_for_and_have_a_default() -> None:
    text = "{% if item.missing %}a{% endif %}{{ item.missing | default('open') }}{{ item.title }}"
    assert jinja("en", "UTC").from_string(text).render({"item": {"title": "<b>"}}) == "open&lt;b&gt;"


@pytest.mark.parametrize(
    ("language", "name", "value", "given", "written"),
    [
        ("de", "money", "1234.5 EUR", (), "1.234,50\xa0€"),
        ("en", "money", "1234.5 EUR", (), "€1,234.50"),
        ("pt", "money", "5", ("EUR",), "5,00\xa0€"),
        ("de", "number", "1234.5", (), "1.234,5"),
        ("de", "number", "1234.567", (2,), "1.234,57"),
        ("it", "day", "2026-11-30", (), "30 novembre 2026"),
        ("ru", "day", "2026-11-30", ("short",), "30.11.2026"),
        ("en", "day", "2026-11-30T23:30:00+00:00", ("medium",), "Dec 1, 2026"),
        ("xx-unknown", "day", "2026-11-30", (), "November 30, 2026"),
    ],
)
def test_values_are_written_as_the_language_has_them(
    language: str, name: str, value: str, given: tuple[Any, ...], written: str
) -> None:
    if language == "pt":
        language = "pt-PT"
    assert filters(language, "Europe/Berlin")[name](value, *given) == written


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("money", "x EUR"),
        ("number", "NaN"),
        ("number", "1e999999999"),
        ("number", "-1e-999999999"),
        ("money", "1e999999999 EUR"),
        ("money", ""),
        ("day", "soon"),
        ("day", "2026-02-30"),
        ("moment", ""),
    ],
)
def test_what_is_no_such_value_is_refused_in_words(name: str, value: str) -> None:
    with pytest.raises(CannotWrite, match="is no"):
        filters("en", "UTC")[name](value)


def test_both_engines_write_alike() -> None:
    context = {"item": {"amount": "1234.5 EUR", "day": "2026-11-30"}}
    text = "{{ item.amount | money }} {{ item.day | day }}"
    assert liquid("de", "UTC", html=True).from_string(text).render(context) == "1.234,50\xa0€ 30. November 2026"
    assert jinja("de", "UTC").from_string(text).render(context) == "1.234,50\xa0€ 30. November 2026"


@pytest.mark.parametrize(
    ("digits", "written"),
    [(None, "1,234.5678"), (0, "1,235"), (1, "1,234.6"), ("2", "1,234.57"), (-3, "1,235"), (9, "1,234.567800000")],
)
def test_a_number_has_as_many_places_as_are_asked_for(digits: Any, written: str) -> None:
    number = filters("en", "UTC")["number"]
    assert (number("1234.5678") if digits is None else number("1234.5678", digits)) == written


@pytest.mark.parametrize("digits", ["many", "", "nan"])
def test_places_that_are_no_number_are_refused_in_words(digits: str) -> None:
    with pytest.raises(CannotWrite, match="is no number"):
        filters("en", "UTC")["number"]("1", digits)
    with pytest.raises(LiquidError, match="is no number"):
        liquid("en", "UTC", html=True).from_string(f"{{{{ 1 | number: '{digits}' }}}}").render({})


def test_moments_are_written_as_the_clocks_of_the_zone_show_them_and_days_as_they_are() -> None:
    tokyo = filters("en", "Asia/Tokyo")
    assert tokyo["day"]("2026-11-30T20:00:00+00:00") == "December 1, 2026"
    assert tokyo["day"]("2026-11-30") == tokyo["moment"]("2026-11-30") == "November 30, 2026"
    assert "5:00" in tokyo["moment"]("2026-11-30T20:00:00+00:00", "short")
    with pytest.raises(CannotWrite, match="use one of: short, medium, long, full"):
        tokyo["day"]("2026-11-30", "tiny")


@pytest.mark.parametrize(
    "text", ["{{ item.gone | plus: 1 }}", "{{ 1 | times: item.gone }}", "{{ item.gone | join: ' ' }}"]
)
def test_what_is_not_there_is_not_worked_with_in_a_document_either(text: str) -> None:
    with pytest.raises(PlaceholderEmpty) as failed:
        liquid("en", "UTC", html=True).from_string(text).render({"item": {"there": 1}})
    assert failed.value.name == "item.gone"
