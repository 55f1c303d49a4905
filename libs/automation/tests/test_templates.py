"""Texts: plain placeholders and Liquid agree, what is empty is named, and nothing grows without bound."""

from contextlib import suppress
from typing import Any

import pytest
from automation.documents import DocumentError
from automation.facts import Facts
from automation.templates import PlaceholderEmpty, TemplateFailed, compile_text
from automation.testing import contact, deal, facts
from hypothesis import given
from hypothesis import strategies as st


def known(**fields: Any) -> Facts:
    """Give facts about a deal with a contact and the results of earlier rules."""
    results = {"quote": {"url": "https://shop.example/q/7"}, "call-instead": {"id": "c1"}}
    return facts(deal(to=(contact(),), **fields), contact(), results=results)


RENDERED = [
    ("no placeholder", "no placeholder"),
    ("{{ item.title }}", "Sofa"),
    ("Dear {{contact.name}}, {{ responsible.name }} calls.", "Dear Maria, Ann calls."),
    ("{{ results.quote.url }}", "https://shop.example/q/7"),
    ("{{ results.call-instead.id }}", "c1"),
    ("{{ item.amount }} for {{ item.pieces }}", "900 EUR for 3"),
    ("{{ item.urgent }}", "true"),
    ("{{ item.colours }}", "red, blue"),
    ("{{ supervisor.name }} at {{ item.stage }}", "Rui at new"),
    ("{{ item.title | upcase }}", "SOFA"),
    ("{{ item.nothing | default: 'nothing' }}", "nothing"),
    ("{% if item.urgent %}hurry{% else %}wait{% endif %}", "hurry"),
    ("{% if item.nothing %}yes{% else %}no{% endif %}", "no"),
    ("{% for one in item.colours %}{{ one }};{% endfor %}", "red;blue;"),
    ("{{ item.due | date: '%d.%m.%Y' }}", "01.12.2026"),
    ("{{ item.visit | date: '%d.%m. %H:%M' }}", "02.07. 00:30"),
    ("{{ '2026-07-01T23:30' | date: '%d.%m. %H:%M' }}", "01.07. 23:30"),
    ("{{- item.title -}}", "Sofa"),
    ("{{ item['title'] }}", "Sofa"),
]


@pytest.mark.req("C5")
@pytest.mark.parametrize(("text", "rendered"), RENDERED)
def test_placeholders_are_filled_in(text: str, rendered: str) -> None:
    fields = {"amount": "900 EUR", "pieces": 3, "urgent": True, "colours": ["red", "blue"], "due": "2026-12-01"}
    fields["visit"] = "2026-07-01T23:30:00+00:00"
    assert compile_text(text).render(known(**fields)) == rendered


@given(st.text(st.characters(exclude_characters="{}\r", exclude_categories=["Cs"]), max_size=60), st.integers())
def test_plain_placeholders_and_liquid_agree(title: str, pieces: int) -> None:
    facts_ = known(title=title or "x", pieces=pieces)
    plain = compile_text("<{{ item.title }}|{{ item.pieces }}>")
    liquid = compile_text("<{{ item.title }}|{{ item.pieces }}>{% if false %}{% endif %}")
    assert plain.render(facts_) == liquid.render(facts_) == f"<{title or 'x'}|{pieces}>"


@pytest.mark.parametrize("text", ["{{ item.nothing }}", "{{ item.nothing | upcase }}", "{{ item.nothing }}{{ 'x' }}"])
def test_empty_placeholder_fails_with_its_name(text: str) -> None:
    with pytest.raises(PlaceholderEmpty) as caught:
        compile_text(text).render(known(nothing=""))
    assert "item.nothing" in str(caught.value)


def test_text_of_a_client_is_never_a_template() -> None:
    title = "{{ responsible.phone }}{% for i in (1..9) %}x{% endfor %}"
    assert compile_text("{{ item.title }}!").render(known(title=title)) == f"{title}!"
    assert compile_text("{{ item.title | strip }}!").render(known(title=title)) == f"{title}!"


def test_paths_are_known_before_rendering() -> None:
    assert compile_text("{{ item.title }} {{ contact.name }} {{ item.title }}").paths == ("item.title", "contact.name")
    assert set(compile_text("{% if item.a %}{{ contact.b | upcase }}{% endif %}").paths) == {"item.a", "contact.b"}


@pytest.mark.parametrize(
    "text",
    [
        "{{ item.title",
        "{% if item.title %}",
        "{% nonsense %}",
        "{{ item.title | nonsense }}",
        "{% include 'secrets' %}",
        "{% render 'secrets' %}",
        "{{ item.title }}" + "x" * 20_000,
    ],
)
def test_text_that_cannot_be_read_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        compile_text(text, "do.send-sms.text")
    assert caught.value.path == "do.send-sms.text"


TENS = "{% assign s = 'aaaaaaaaaa' %}"
BOMBS = [
    "{% for a in (1..1000000000) %}x{% endfor %}",
    "{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}",
    TENS + "{% for a in (1..100) %}{% assign s = s | append: s %}{% endfor %}",
    TENS + "{{ s" + " | replace: 'a', 'aaaaaaaaaaaaaaaaaaaa'" * 30 + " }}",
    TENS + "{% capture t %}{% for a in (1..9000) %}{{ s }}{{ s }}{% endfor %}{% endcapture %}{{ t }}",
    "{% for a in (1..9000) %}{{ item.title }}{{ item.title }}{{ item.title }}{{ item.title }}{% endfor %}",
    "{{ '2026-01-01' | date: '%1000000000d%1000000000d%1000000000d%1000000000d%1000000000d%Y' }}",
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", BOMBS)
def test_texts_that_would_grow_without_bound_are_stopped(text: str) -> None:
    with pytest.raises(TemplateFailed):
        compile_text(text).render(known(title="title"))


def test_text_cannot_ask_for_the_time() -> None:
    with pytest.raises(TemplateFailed, match="is not a date"):
        compile_text("{{ 'now' | date: '%Y' }}").render(known())


@pytest.mark.parametrize(
    "text",
    [
        "{{ item.__class__ }}",
        "{{ item.title.__class__.__mro__ }}",
        "{{ item.title.__class__ | upcase }}",
        "{{ contact.fields }}",
        "{{ contact.model_dump | upcase }}",
    ],
)
def test_insides_of_python_cannot_be_reached(text: str) -> None:
    with pytest.raises((PlaceholderEmpty, DocumentError)):
        compile_text(text).render(known())


TYPED = ["{{", "}}", "{%", "%}", " item.title ", "|", "upcase", "if", "for a in (1..3)", "'", "x", " divided_by: 0"]


@given(st.lists(st.sampled_from(TYPED)))
def test_whatever_people_type_ends_in_a_text_or_in_words(pieces: list[str]) -> None:
    with suppress(DocumentError, TemplateFailed, PlaceholderEmpty):
        assert isinstance(compile_text("".join(pieces)).render(known()), str)
