"""What a mail server says of a letter that did not arrive (RFC 3464)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

LONGEST_REASON = 300
STATUS = "message/delivery-status"
ENCODED = re.compile(r"\+([0-9A-F]{2})")
# A long one stands on a line of its own.
MESSAGE_ID = re.compile(r"^message-id[ \t]*:[ \t]*(?:\r?\n[ \t]+)?(\S+)", re.IGNORECASE | re.MULTILINE)
ORIGINAL = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """A letter that did not arrive: its Message-ID, and why in the server's words."""

    message_id: str
    reason: str


def bounce_of(message: Message) -> Bounce | None:
    """Give what a report says, None where a letter is none, or its letter is only late."""
    if message.get_content_type() != "multipart/report":
        return None
    told = list(blocks(message))
    failed = [block for block in told if str(block.get("action", "")).strip().lower() == "failed"]
    if not failed:
        return None
    said = str(failed[0].get("diagnostic-code", "")).partition(";")[2].strip()
    words = " ".join(seen(f"{failed[0].get('status', '')} {said}").split())
    return Bounce(original(message) or envelope(told[0]), (words or "it did not arrive")[:LONGEST_REASON])


def seen(written: str) -> str:
    """Give what a server wrote without what nobody sees, of which no database takes all."""
    return "".join(sign if sign.isprintable() else " " for sign in written)


def blocks(message: Message) -> Iterator[Message]:
    """Give the blocks of a report, one for the server and one for each recipient."""
    for part in message.walk():
        payload = part.get_payload() if part.get_content_type() == STATUS else None
        yield from (one for one in payload or () if isinstance(one, Message))


def envelope(block: Message) -> str:
    """Give the Message-ID that the letter's envelope carried (RFC 3461, `ENVID`), "" where it is not told."""
    written = ENCODED.sub(lambda found: chr(int(found[1], 16)), str(block.get("original-envelope-id", "")).strip())
    return f"<{written}>" if written else ""


def original(message: Message) -> str:
    """Give the Message-ID of the letter that a report is about, "" where it is not told."""
    for part in message.walk():
        if part.get_content_type() not in ORIGINAL:
            continue
        payload = part.get_payload()
        if isinstance(payload, list) and payload and isinstance(payload[0], Message):
            return str(payload[0].get("message-id", "")).strip()
        if found := MESSAGE_ID.search(str(payload)):
            return found[1]
    return ""
