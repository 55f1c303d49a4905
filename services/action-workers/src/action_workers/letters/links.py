"""The links of a letter, each made to lead by us to where it led; nothing else of the HTML is touched."""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

from typing_extensions import override

MOST_LINKS = 200
Found = tuple[int, int, str, list[tuple[str, str | None]]]
FOLLOWED = ("http://", "https://")
AFTER_NAME = re.compile(r"[\s/]")
END = re.compile(r"</body>", re.IGNORECASE)


class _Finder(HTMLParser):
    """Finds the start tags of links, as (line, column, text, attributes)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[Found] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"a", "area"} and (dict(attrs).get("href") or "").strip().lower().startswith(FOLLOWED):
            line, column = self.getpos()
            self.found.append((line, column, self.get_starttag_text() or "", attrs))


def rewritten(html: str, lead: Callable[[int, str], str]) -> str:
    """Give the HTML with each link leading to what `lead` makes of its number and target."""
    finder = _Finder()
    finder.feed(html)
    finder.close()
    starts = [0]
    for text in html.split("\n")[:-1]:
        starts.append(starts[-1] + len(text) + 1)
    written: list[str] = []
    at = 0
    for number, (line, column, tag, attrs) in enumerate(finder.found[:MOST_LINKS], start=1):
        begins = starts[line - 1] + column
        written += (html[at:begins], _tag(tag, attrs, number, lead))
        at = begins + len(tag)
    return "".join((*written, html[at:]))


def _tag(tag: str, attrs: list[tuple[str, str | None]], number: int, lead: Callable[[int, str], str]) -> str:
    told = [(name, lead(number, (value or "").strip()) if name == "href" else value) for name, value in attrs]
    name = AFTER_NAME.split(tag[1:], 1)[0]
    return f"<{name} " + " ".join(n if v is None else f'{n}="{escape(v)}"' for n, v in told) + ">"


def with_pixel(html: str, address: str) -> str:
    """Give the HTML with a picture that nobody sees, at its end."""
    picture = f'<img src="{escape(address)}" width="1" height="1" alt="" style="display:block">'
    ends = [found.start() for found in END.finditer(html)] or [len(html)]
    return html[: ends[-1]] + picture + html[ends[-1] :]
