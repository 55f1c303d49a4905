"""The pages for people as data: their links and anchors, what stands in code, and the examples in it."""

import re
from collections.abc import Iterator
from functools import cache

from .repository import files, text

# What changed once is told in the words of its day.
PAGES = tuple(name for name in files() if name.endswith(".md") and name != "CHANGELOG.md")
FENCED = re.compile(r"^( *)```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^\1```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^ {4,}\S[^\n]*\n)+", re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@cache
def prose(page: str) -> str:
    """Give a page without the blocks of code in it."""
    return INDENTED.sub("", FENCED.sub("", text(page)))


def blocks(page: str, *languages: str) -> Iterator[str]:
    """Give the blocks of code of a page, without their indent; all where no language is named."""
    for found in FENCED.finditer(text(page)):
        if not languages or found["language"] in languages:
            yield re.sub(rf"^{found[1]}", "", found["code"], flags=re.MULTILINE)


def code(page: str) -> Iterator[str]:
    """Give all that a page writes as code: blocks, and spans in its sentences."""
    yield from blocks(page)
    yield from INDENTED.findall(FENCED.sub("", text(page)))
    yield from SPAN.findall(prose(page))


def links(page: str) -> list[str]:
    """Give where a page leads to."""
    return LINK.findall(SPAN.sub("", prose(page)))


def anchors(page: str) -> set[str]:
    """Give the anchors of a page's headings, as forges make them."""
    heard = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(page)))
    return {words.strip().replace(" ", "-") for words in heard}
