"""Texts with placeholders: `{{ item.title }}` is compiled to a closure, the rest is Liquid within limits."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from liquid.exceptions import LiquidError

from automation.documents import DocumentError
from automation.escaping import SANDBOXES, Escape
from automation.facts import EMPTY, Facts
from automation.paths import reader
from automation.sandbox import LONGEST_TEMPLATE, PlaceholderEmpty, TemplateTooCostly, read_liquid, said_of

__all__ = ["PlaceholderEmpty", "Template", "TemplateFailed", "compile_text", "shown"]

PLAIN = re.compile(r"\{\{-?\s*([A-Za-z_][\w-]*(?:\.[\w-]+)+)\s*-?\}\}")
TRIMS = re.compile(r"\{\{-|-\}\}")


class TemplateFailed(Exception):
    """A text could not be rendered; says why in words."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text ready to render; `paths` are the values that it reads.

    `pieces` are the placeholders of one that holds nothing else, each with the text behind it, after `start`; None
    where values are escaped.
    """

    text: str
    paths: tuple[str, ...]
    run: Callable[[Facts], str]
    start: str = ""
    pieces: tuple[tuple[str, str], ...] | None = None

    def render(self, facts: Facts) -> str:
        """Fill in the placeholders; raises `PlaceholderEmpty` that names the empty one, `TemplateFailed`."""
        return self.run(facts)


def compile_text(text: str, path: str = "", escape: Escape | None = None) -> Template:
    """Read a text with placeholders, whose values are escaped where it is markup; raises `DocumentError`."""
    if "{{" not in text and "{%" not in text:
        return Template(text, (), lambda _: text, text, ())
    if len(text) > LONGEST_TEMPLATE:
        raise DocumentError(path, f"a text may have {LONGEST_TEMPLATE} characters; this one has {len(text)}")
    rest = PLAIN.sub("", text)
    if "{{" in rest or "{%" in rest or "}}" in rest or TRIMS.search(text):
        return _liquid(text, path, escape)
    return _plain(text, path, escape)


def shown(value: object) -> str:
    """Write a value as a reader of a text expects it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _plain(text: str, place: str, escape: Escape | None) -> Template:
    pieces = PLAIN.split(text)
    fixed, paths = pieces[::2], pieces[1::2]
    try:
        readers = [(path, reader(path), after) for path, after in zip(paths, fixed[1:], strict=True)]
    except DocumentError as error:
        raise DocumentError(place, error.message, error.fix) from None
    start = fixed[0]

    def run(facts: Facts) -> str:
        written = [start]
        for path, read, after in readers:
            value = read(facts)
            if value is EMPTY:
                raise PlaceholderEmpty(path)
            said = value if isinstance(value, str) else shown(value)
            written += (said if escape is None else escape(said), after)
        return "".join(written)

    placed = None if escape else tuple(zip(paths, fixed[1:], strict=True))
    return Template(text, tuple(dict.fromkeys(paths)), run, start, placed)


def _liquid(text: str, path: str, escape: Escape | None) -> Template:
    try:
        parsed = read_liquid(text, None if escape is None else SANDBOXES[escape])
    except LiquidError as error:
        raise DocumentError(path, f"the text cannot be read: {said_of(error)}") from None
    paths = tuple(p for p in dict.fromkeys(parsed.global_variable_paths(include_partials=False)) if "." in p)

    def run(facts: Facts) -> str:
        try:
            return parsed.render(facts.as_context())
        except TemplateTooCostly as error:
            raise TemplateFailed(str(error)) from None
        except LiquidError as error:
            raise TemplateFailed(f"the text cannot be rendered: {said_of(error)}") from None
        except (ArithmeticError, LookupError, ValueError):
            # Of the library's filters some stumble over what they cannot take, as `round` over the text nan.
            raise TemplateFailed("the text cannot be rendered: a value is none that its filter or loop takes") from None

    return Template(text, paths, run)
