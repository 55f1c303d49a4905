"""What Twilio is told to do in a call: TwiML, made by an XML writer, so that every text is escaped."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.responses import Response

# XML 1.0 has no place for other control characters, not even escaped.
UNWRITABLE = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def say(parent: Element, text: str, *, language: str = "", voice: str = "") -> None:
    """Have a text spoken, in a language and by a voice where they are named."""
    named = {"language": language, "voice": voice}
    SubElement(parent, "Say", {k: v for k, v in named.items() if v}).text = UNWRITABLE.sub("", text)


def twiml(response: Element | None = None) -> Response:
    """Answer with TwiML; without any, Twilio has nothing to do."""
    written = tostring(Element("Response") if response is None else response, encoding="utf-8", xml_declaration=True)
    return Response(written, media_type="text/xml")
