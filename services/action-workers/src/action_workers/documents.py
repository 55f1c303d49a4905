"""Filling in a document's template: Liquid in a sandbox; what goes into HTML is escaped."""

from typing import Any

from automation.sandbox import LONGEST_TEXT, Missing, PlaceholderEmpty, Sandbox, said_of
from chassis.errors import Rejected
from liquid import Mode
from liquid.exceptions import LiquidError

LARGEST_TEMPLATE = 1_000_000


class Paper(Sandbox):
    """Documents are longer than messages."""

    output_stream_limit = 20 * LONGEST_TEXT


HTML = Paper(undefined=Missing, tolerance=Mode.STRICT, autoescape=True)
PLAIN = Paper(undefined=Missing, tolerance=Mode.STRICT)


def render(template: bytes, content_type: str, context: dict[str, Any]) -> bytes:
    """Fill in a template; raises `Rejected` that says what is wrong with it or which value is missing."""
    if len(template) > LARGEST_TEMPLATE:
        raise Rejected(f"the template is {len(template)} bytes; it may have {LARGEST_TEMPLATE}")
    environment = HTML if "html" in content_type or "xml" in content_type else PLAIN
    try:
        return environment.from_string(template.decode()).render(context).encode()
    except UnicodeDecodeError:
        raise Rejected("the template is not text in UTF-8") from None
    except PlaceholderEmpty as error:
        raise Rejected(str(error)) from None
    except LiquidError as error:
        raise Rejected(f"the template cannot be filled in: {said_of(error)}") from None
