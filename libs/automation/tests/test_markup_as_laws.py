"""Values in letters are shown as they are, whatever they hold: read by the renderer that sends them."""

import re
from html import unescape

import pytest
from automation.escaping import ADDRESS, escaped_html, escaped_markdown
from automation.templates import compile_text
from automation.testing import deal, facts, shop
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

RENDERER = MarkdownIt("commonmark", {"html": False})
TAG = re.compile(r"</?([a-z0-9]+)[^>]*>")
SHOP = shop()
PIECES = st.sampled_from(
    [
        *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        *("a", "Bo", "7", " ", "  ", "\n", "\n\n", "    ", "1.", "2)", "---", "===", "```", "~~~", "<b>", "</p>"),
        *("&lt;", "&#60;", "[x](y)", "![x](y)", "<!--", "* ", "+ ", "> ", "# ", "|", "é", "http://", "www.x.example"),
        *("{{ item.title }}", "{% if true %}", "<script>", 'onclick="x"', "javascript:x", "a@b.example"),
    ]
)
WRITTEN = (
    st.lists(PIECES, min_size=1, max_size=8)
    .map("".join)
    .filter(lambda text: bool(text.strip()) and ADDRESS.fullmatch(text) is None)
)


def words(text: str) -> str:
    return " ".join(text.split())


def shown(markdown: str) -> tuple[set[str], str]:
    """Give the tags that a text in Markdown becomes, and what is read of it."""
    html = RENDERER.render(markdown)
    return set(TAG.findall(html)), words(unescape(TAG.sub("", html)))


PLACES = ["{}", "Dear {}, hello", "**Wish:** {}", "- {}", "1. {}", "> {}", "# {}"]


@settings(max_examples=60, deadline=None)
@given(WRITTEN, st.sampled_from(PLACES))
def test_a_value_in_markdown_makes_no_markup_of_its_own(value: str, place: str) -> None:
    tags, read = shown(place.replace("{}", escaped_markdown(value)))
    alone, around = shown(place.replace("{}", "WISH"))
    assert tags - {"br", "p"} <= alone
    assert read == words(around.replace("WISH", words(value)))


@settings(max_examples=60, deadline=None)
@given(WRITTEN)
def test_a_value_in_html_is_text_within_tags_and_attributes(value: str) -> None:
    html = f'<p title="{escaped_html(value)}">{escaped_html(value)}</p>'
    assert TAG.findall(html) == ["p", "p"]
    inside = re.fullmatch(r'<p title="([^"<>]*)">([^"<>]*)</p>', html, re.DOTALL)
    assert inside is not None
    assert [unescape(one) for one in inside.groups()] == [value, value]


@settings(max_examples=60, deadline=None)
@given(WRITTEN)
@pytest.mark.parametrize("escape", [escaped_markdown, escaped_html])
def test_a_plain_placeholder_and_one_with_a_filter_write_the_same(escape: object, value: str) -> None:
    wrap = escaped_markdown if escape is escaped_markdown else escaped_html
    known = facts(deal(wish=value), knowledge=SHOP)
    plain, liquid = (compile_text(text, "", wrap) for text in ("<{{ item.wish }}>", "<{{ item.wish | append: '' }}>"))
    assert plain.render(known).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") == liquid.render(known)


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("https://shop.example/a_b?c=*1*", {"p", "a"}),
        ("http://x", {"p", "a"}),
        ("https://shop.example/ more", {"p"}),
        ("see https://shop.example", {"p"}),
        ("https://x.example/<b>", {"p"}),
        ("javascript:alert(1)", {"p"}),
        ("https://x.example/\\", {"p"}),
        ("HTTPS://x.example", {"p"}),
        ("ftp://x.example", {"p"}),
    ],
)
def test_only_a_value_that_is_an_address_as_a_whole_is_a_link(value: str, tags: set[str]) -> None:
    found, read = shown(escaped_markdown(value))
    assert found == tags
    assert read == value
