"""What keeps a value that is put into Markdown or HTML from being read as either."""

import re
from collections.abc import Callable
from html import escape
from typing import TextIO

from liquid import Mode
from liquid.builtin.output import Output, OutputNode
from liquid.context import RenderContext
from liquid.stringify import to_liquid_string
from liquid.token import TOKEN_OUTPUT
from typing_extensions import override

from automation.sandbox import Missing, Sandbox

Escape = Callable[[str], str]
# All punctuation that Markdown may give a meaning (CommonMark 2.4); a line may also begin with a number, or blank.
PUNCTUATION = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
BLANKS = re.compile(r"\s*\n\s*")
ADDRESS = re.compile(r"https?://[^\s<>\\`]+")


def escaped_markdown(value: str) -> str:
    """Give a value that Markdown shows as it is, in one paragraph; an address becomes a link, or is where one leads."""
    if ADDRESS.fullmatch(value):
        return f"<{value}>"
    return PUNCTUATION.sub(r"\\\1", BLANKS.sub("  \n", value.strip(" \t")))


def escaped_html(value: str) -> str:
    """Give a value that HTML shows as it is, also in an attribute."""
    return escape(value)


class EscapedNode(OutputNode):
    """A placeholder in a Markdown text."""

    @override
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(escaped_markdown(to_liquid_string(self.expression.evaluate(context), autoescape=False)))


class EscapedOutput(Output):
    """Placeholders in Markdown texts."""

    node_class = EscapedNode


class MarkdownSandbox(Sandbox):
    """Liquid whose values are shown as they are in Markdown; tags that write by themselves are left out."""

    @override
    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        for name in ("echo", "cycle", "liquid"):
            self.tags.pop(name, None)
        self.tags[TOKEN_OUTPUT] = EscapedOutput(self)


SANDBOXES: dict[Escape, Sandbox] = {
    escaped_markdown: MarkdownSandbox(undefined=Missing, tolerance=Mode.STRICT),
    escaped_html: Sandbox(undefined=Missing, tolerance=Mode.STRICT, autoescape=True),
}
