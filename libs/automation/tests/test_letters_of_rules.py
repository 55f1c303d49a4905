"""Letters as rules write them: markup whose values stay values, files, and the triggers on answers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.calls import Call
from automation.documents import DocumentError
from automation.escaping import escaped_markdown
from automation.templates import compile_text
from automation.testing import NOW, contact, deal, facts, pipeline, shop
from automation.triggers import fitting
from contracts.ids import derived
from contracts.signals import Signal
from markdown_it import MarkdownIt

EVIL = "<b>*Ann*</b> [win](https://evil.example) `x` # 1. & \\"


def rendered(params: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Read a rule's parameters and fill them in."""
    item = deal(**fields)
    return dict(Call.read({"send-email": {"subject": "s", **params}}).render(facts(item, contact()), NOW))


def shown(markdown: str) -> str:
    return str(MarkdownIt("commonmark", {"html": False}).render(markdown)).strip()


@pytest.mark.parametrize("template", ["{{ item.wish }}", "{{ item.wish | strip }}"], ids=["plain", "liquid"])
def test_a_value_in_markdown_is_shown_as_it_is(template: str) -> None:
    html = shown(rendered({"markdown": f"Dear **{template}**"}, wish=EVIL)["markdown"])
    assert "<a" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;*Ann*&lt;/b&gt; [win](https://evil.example) `x` # 1. &amp; \\" in html


@pytest.mark.parametrize("template", ["{{ item.wish }}", "{{ item.wish | strip }}"], ids=["plain", "liquid"])
def test_a_value_in_html_is_shown_as_it_is(template: str) -> None:
    html = rendered({"html": f'<p title="{template}">x</p>'}, wish='"><script>x</script>')["html"]
    assert "<script>" not in html
    assert html.count('"') == 2


def test_lines_of_a_value_stay_in_its_paragraph() -> None:
    assert shown(escaped_markdown("one\n\n# two\n    three")) == "<p>one<br />\n# two<br />\nthree</p>"


@pytest.mark.parametrize("written", ["See {{ item.wish }}", "[See]({{ item.wish }})"])
def test_a_value_that_is_an_address_is_a_link(written: str) -> None:
    html = shown(rendered({"markdown": written}, wish="https://shop.example/d/a_b-c?x=1&y=*2*")["markdown"])
    assert 'href="https://shop.example/d/a_b-c?x=1&amp;y=*2*"' in html


def test_a_tag_that_writes_by_itself_is_refused_in_markdown() -> None:
    with pytest.raises(DocumentError, match="echo"):
        compile_text("{% echo item.wish %}", "markdown", escaped_markdown)
    compile_text("{% echo item.wish %}", "text")


def test_files_are_named_by_the_values_that_hold_them() -> None:
    attach = ["{{ item.wish }}", {"file": "{{ item.wish }}", "name": "{{ item.title }}.pdf"}]
    assert rendered({"text": "x", "attach": attach}, wish="f" * 64)["attach"] == [
        "f" * 64,
        {"file": "f" * 64, "name": "Sofa.pdf"},
    ]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "needs its text"),
        ({"markdown": "a", "html": "b"}, "not as both"),
        ({"text": "a", "attach": [{"name": "x"}]}, r"attach\.0 is no file"),
        ({"text": "a", "attach": [5]}, r"attach\.0 is no file"),
        ({"text": "a", "attach": ["x"] * 21}, "at most 20"),
    ],
)
def test_a_letter_that_is_written_wrongly_says_how(params: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        Call.read({"send-email": {"subject": "s", **params}})


@pytest.mark.parametrize(
    ("automatic", "counts", "woken"), [(False, False, 1), (True, False, 0), (True, True, 1), ("yes", False, 1)]
)
def test_a_letter_that_a_machine_wrote_wakes_only_what_says_so(automatic: object, counts: object, woken: int) -> None:
    listens = {"id": str(derived("t")), "key": "answered", "on": "email.received", "automatic": counts}
    knowledge = shop(extra=(pipeline(triggers={"documents": [listens]}),))
    signal = Signal(
        id=UUID(int=1),
        kind="email.received",
        source="box",
        happened_at=NOW - timedelta(seconds=1),
        payload={"automatic": automatic},
    )
    assert len(fitting(signal, knowledge)) == woken
