"""Filling in a text template: Liquid in a sandbox; what goes into HTML is escaped."""

from typing import Any

from automation.papers.engines import liquid
from automation.papers.placeholders import LARGEST_TEMPLATE
from automation.sandbox import PlaceholderEmpty, said_of
from chassis.errors import Rejected
from contracts.config import Portal
from liquid.exceptions import LiquidError

USUAL = Portal()


def fill(template: bytes, content_type: str, context: dict[str, Any], portal: Portal = USUAL) -> bytes:
    """Fill in a text; raises `Rejected` that says what is wrong with it or which value is missing."""
    if len(template) > LARGEST_TEMPLATE:
        raise Rejected(f"the template is {len(template)} bytes; it may have {LARGEST_TEMPLATE}")
    engine = liquid(portal.language, portal.zone, html="html" in content_type or "xml" in content_type)
    try:
        return engine.from_string(template.decode()).render(context).encode()
    except UnicodeDecodeError:
        raise Rejected("the template is not text in UTF-8") from None
    except PlaceholderEmpty as error:
        raise Rejected(str(error)) from None
    except LiquidError as error:
        raise Rejected(f"the template cannot be filled in: {said_of(error)}") from None
    except (ArithmeticError, LookupError, ValueError):
        # Of the library's filters some stumble over what they cannot take.
        told = "a value is none that its filter or loop takes"
        raise Rejected(f"the template cannot be filled in: {told}") from None
