"""Reads a letter as it travels (RFC 5322, MIME) within limits; what cannot be read is refused with its reason."""

import contextlib
import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr
from typing import Any

from chassis.plain_text import plain_text

from trigger_gateway.letters.automatic import is_automatic
from trigger_gateway.letters.bounces import bounce_of
from trigger_gateway.letters.letter import LONGEST_LINE, LONGEST_WITH_QUOTES, MOST_REFERENCES, File, Letter
from trigger_gateway.letters.quotes import without_quotes

LARGEST = 40 * 1024 * 1024
MOST_PARTS = 500
DEEPEST = 100
LARGEST_HTML = 500_000
# What stands between two encoded words (RFC 2047) that are one text.
TORN = re.compile(r"(\?=)[ \t]+(?==\?)")
TEXTS = frozenset({"text/plain", "text/html"})
ENCODING = "content-transfer-encoding"
PACKED = frozenset({"base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"})


class LetterUnreadable(ValueError):
    """A letter means nothing here; says why."""


def read(raw: bytes) -> Letter:
    """Read a letter; raises `LetterUnreadable`."""
    message = parsed(raw)
    name, sender = author(message)
    if "@" not in sender:
        raise LetterUnreadable("it does not say who wrote it")
    bounced = bounce_of(message)
    answers = answered(header(message, "in-reply-to"), header(message, "references"))
    return Letter(
        sender=line(sender),
        name=line(name),
        to=tuple(line(address) for _, address in getaddresses([header(message, "to"), header(message, "cc")])),
        subject=line(header(message, "subject")),
        text=without_quotes(text_of(message)),
        message_id=line(header(message, "message-id")) or hashlib.sha256(raw).hexdigest(),
        answers=((bounced.message_id, *answers) if bounced else answers),
        files=tuple(files(message)),
        automatic=is_automatic(lambda name: header(message, name)) or bounced is not None,
        bounced=bounced.reason if bounced else "",
    )


def parsed(raw: bytes) -> EmailMessage:
    """Parse a letter; raises `LetterUnreadable` for one that is too large, too deep, or no letter."""
    if len(raw) > LARGEST:
        raise LetterUnreadable(f"it is {len(raw)} bytes; a letter may have {LARGEST}")
    if raw.lower().count(b"multipart/") > DEEPEST:
        raise LetterUnreadable(f"it has more than {DEEPEST} parts of parts")
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        count = sum(1 for _ in message.walk())
    except (MessageError, ValueError, LookupError, RecursionError, AssertionError) as error:
        raise LetterUnreadable(f"it cannot be read: {error!r:.200}") from None
    if count > MOST_PARTS:
        raise LetterUnreadable(f"it has {count} parts; a letter may have {MOST_PARTS}")
    if not message.keys():
        raise LetterUnreadable("it has no headers")
    return message


def header(message: Message, name: str) -> str:
    """Give a header as text; "" for one that is missing, or that the library cannot bear."""
    try:
        return str(message.get(name, ""))
    except Exception:  # the library's parser raises many kinds on what mail programs write  # noqa: BLE001
        raw = next((value for key, value in message.raw_items() if key.lower() == name), "")
        return str(raw).replace("\r", " ").replace("\n", " ")


def author(message: Message) -> tuple[str, str]:
    """Give name and address of who wrote a letter; of a name that is torn into encoded words the pieces are joined."""
    written = next((str(value) for key, value in message.raw_items() if key.lower() == "from"), "")
    try:
        joined = TORN.sub(r"\1", "".join(written.splitlines()))
        return parseaddr(str(email.policy.default.header_factory("from", joined)))
    except Exception:  # as in `header`  # noqa: BLE001
        return parseaddr(header(message, "from"))


def line(written: str) -> str:
    """Give a header's text as it can be kept: one line, without what nobody sees."""
    sound = written.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in sound).split())[:LONGEST_LINE]


def answered(in_reply_to: str, references: str) -> tuple[str, ...]:
    """Give the ids of the letters that one with these headers answers, the nearest first."""
    return ids(in_reply_to) + tuple(reversed(ids(references)))


def ids(written: str) -> tuple[str, ...]:
    """Give the message ids that a header names."""
    return tuple(one for one in line_of_ids(written).split() if one.startswith("<"))[-MOST_REFERENCES:]


def line_of_ids(written: str) -> str:
    """Give ids with blanks between them, which some programs leave out."""
    return written.encode("utf-8", "replace").decode().replace("><", "> <")


def text_of(message: EmailMessage) -> str:
    """Give what the letter says, as plain text."""
    try:
        body: Message | None = message.get_body(("plain", "html"))
    except Exception:  # as in `header`  # noqa: BLE001
        read = (part for part in message.walk() if part.get_content_type() in TEXTS and not is_attached(part))
        body = next(read, None)
    if body is None:
        return ""
    text = content_of(body)
    return plain_text(text[:LARGEST_HTML]) if body.get_content_type() == "text/html" else text


def content_of(part: Message) -> str:
    """Give the text of a part, whatever its charset is called."""
    raw = unpacked(part)
    try:
        text = raw.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # codecs that are none for texts say so in ways of their own
        text = raw.decode("utf-8", "replace")
    return text.replace("\x00", "").replace("\r\n", "\n")[:LONGEST_WITH_QUOTES]


def unpacked(part: Message) -> bytes:
    """Give the bytes of a part; what stands behind the name of its encoding, be it a blank, means nothing."""
    written = header(part, ENCODING)
    name = next(iter(written.lower().split()), "")
    if name != written.lower() and name in PACKED:
        del part[ENCODING]
        part[ENCODING] = name
    payload: Any = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def files(message: EmailMessage) -> Iterator[File]:
    """Give the files of a letter: what is attached, and what has a name."""
    for part in message.walk():
        if part.is_multipart():
            continue
        name = None
        with contextlib.suppress(Exception):  # as in `header`
            name = part.get_filename()
        if name or is_attached(part):
            yield File(line(name or ""), len(unpacked(part)), part.get_content_type())


def is_attached(part: Message) -> bool:
    """Say whether a part is to be kept rather than read."""
    return header(part, "content-disposition").partition(";")[0].strip().lower() == "attachment"
