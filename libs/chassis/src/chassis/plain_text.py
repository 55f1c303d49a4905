"""HTML as a reader of plain text needs it: paragraphs, lists and addresses stay, the rest is left out."""

import re
from html.parser import HTMLParser

from typing_extensions import override

BLOCKS = frozenset({"p", "div", "table", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
LINES = frozenset({"br", "tr", "li"})
UNSEEN = frozenset({"head", "style", "script", "title", "template"})
SPACES = re.compile(r"\s+")


class _Reader(HTMLParser):
    """Collects what is seen of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._unseen = 0
        self._links: list[tuple[str, int]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._unseen += tag in UNSEEN
        self._break(tag)
        if tag == "li":
            self.written.append("- ")
        elif tag == "img":
            self.written.append(known.get("alt") or "")
        elif tag == "a":
            self._links.append((known.get("href") or "", len(self.written)))

    @override
    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN and self._unseen > 0
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in {"td", "th"}:
            self.written.append(" ")
        elif tag in BLOCKS:
            self._break(tag)

    @override
    def handle_data(self, data: str) -> None:
        between = not data.strip() and self.written and self.written[-1].endswith("\n")
        if not self._unseen and not between:
            self.written.append(SPACES.sub(" ", data))

    def _end_link(self, url: str, began: int) -> None:
        said = "".join(self.written[began:]).strip()
        if url.startswith(("http://", "https://", "mailto:")) and url.removeprefix("mailto:") != said:
            self.written.append(f" ({url})" if said else url)

    def _break(self, tag: str) -> None:
        if tag in BLOCKS or tag in LINES:
            self.written.append("\n\n" if tag in BLOCKS else "\n")


def plain_text(html: str) -> str:
    """Give HTML as plain text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.written).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
