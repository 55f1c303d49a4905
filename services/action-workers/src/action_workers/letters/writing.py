"""A letter's two parts, plain and HTML, made from whichever of them was written."""

import re
from dataclasses import dataclass
from html import escape

from chassis.plain_text import plain_text
from markdown_it import MarkdownIt

# What was written is trusted as little as its values: no HTML in Markdown, no addresses that run something.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
WHOLE = re.compile(r"<html[\s>]", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"']+")
TRAILING = ".,;:!?)]}»"
PAGE = '<!doctype html><html><head><meta charset="utf-8"></head><body>{body}</body></html>'


@dataclass(frozen=True, slots=True)
class Writing:
    """A letter's parts, which say the same."""

    text: str
    html: str


def written(*, text: str = "", markdown: str = "", html: str = "") -> Writing:
    """Give both parts of what was written as one of the three, or as a text and one of the others."""
    body = html or (MARKDOWN.render(markdown) if markdown else paragraphs(text))
    return Writing(text or plain_text(body), body if WHOLE.search(body) else PAGE.format(body=body))


def paragraphs(text: str) -> str:
    """Give a plain text as HTML: paragraphs, lines, and addresses that can be followed."""
    parts = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip("\n"))
    return "".join(f"<p>{linked(part)}</p>" for part in parts).replace("\n", "<br>\n")


def linked(text: str) -> str:
    """Escape a text, and make links of its addresses; what ends a sentence is no part of them."""
    parts: list[str] = []
    at = 0
    for found in ADDRESS.finditer(text):
        url = found[0].rstrip(TRAILING)
        parts += (escape(text[at : found.start()]), f'<a href="{escape(url)}">{escape(url)}</a>')
        at = found.start() + len(url)
    return "".join((*parts, escape(text[at:])))
