"""Names in several languages."""

from typing import Any

import pytest
from automation.languages import said
from automation.templates import compile_text
from automation.testing import deal, facts, record, rule, shop

NAMES = {"en": "Call", "pt": "Ligar"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Call", "Call"),
        ("", "call"),
        ({"pt": "Ligar"}, "Ligar"),
        ({"en": "Call", "it": "Chiama"}, "Call"),
        ({"ru": "", "it": "Chiama"}, "Chiama"),
        ({}, "call"),
    ],
)
def test_a_name_is_said_in_the_language_or_in_english_or_in_any(text: Any, words: str) -> None:
    assert said(text, "pt", "call") == words


@pytest.mark.req("K10")
@pytest.mark.parametrize(("language", "words"), [("pt", "Ligar: Sofa"), ("en", "Call: Sofa"), ("ru", "Call: Sofa")])
def test_a_text_names_its_rule_in_the_language_of_the_portal(language: str, words: str) -> None:
    knowledge = shop(extra=(record("portal", "portal", {"language": language}),))
    seen = facts(deal(), knowledge=knowledge, rule=rule("call", name=NAMES))
    assert compile_text("{{ rule.name }}: {{ item.title | default: item.id }}").render(seen) == words
    assert compile_text("{{ rule.name }}").render(seen) == words.partition(":")[0]
