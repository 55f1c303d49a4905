"""How a document's template is filled in."""

import pytest
from action_workers.documents import LARGEST_TEMPLATE, render
from chassis.errors import Rejected

CONTEXT = {"item": {"title": "Sofa <b>&"}, "contact": {"name": "Ana"}}


def test_values_are_escaped_in_html() -> None:
    assert render(b"<h1>{{ item.title }}</h1>", "text/html; charset=utf-8", CONTEXT) == b"<h1>Sofa &lt;b&gt;&amp;</h1>"


def test_values_are_escaped_once_also_after_filters() -> None:
    assert render(b"{{ item.title | upcase }}", "text/html", CONTEXT) == b"SOFA &lt;B&gt;&amp;"


def test_values_stay_as_they_are_in_plain_text() -> None:
    assert render(b"{{ item.title }}", "text/plain", CONTEXT) == b"Sofa <b>&"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(Rejected, match=r"item\.amount"):
        render(b"{{ item.amount }}", "text/html", CONTEXT)


def test_a_default_stands_in_for_a_missing_value() -> None:
    assert render(b"{{ item.amount | default: 'open' }}", "text/html", CONTEXT) == b"open"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (b"{{ item.title", "cannot be filled in"),
        (b"{% for x in (1..1000000) %}x{% endfor %}", "cannot be filled in"),
        (b"\xff\xfe", "UTF-8"),
        (b"x" * (LARGEST_TEMPLATE + 1), "bytes"),
    ],
)
def test_a_template_that_cannot_be_filled_in_says_why(template: bytes, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        render(template, "text/html", CONTEXT)
