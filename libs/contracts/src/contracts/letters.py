"""What a letter of ours carries, so that its reader's steps and answers are known again: marks and its Message-ID."""

import base64
import binascii
import re
from typing import Literal
from uuid import UUID

import msgspec

PURPOSE = "letters"
TAG = 8
# The effect's id, then the item and a tag in base32: some systems change the case of letters.
OURS = re.compile(r"<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([a-z2-7]{39})@", re.IGNORECASE | re.ASCII)
Kind = Literal["view", "link", "unsubscribe"]


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """What an address in a letter stands for; `number` counts the letter's links, `url` is where this one leads."""

    kind: Kind
    effect: UUID
    item: UUID
    rule: str = ""
    url: str = ""
    number: int = 0
    contact: UUID | None = None
    address: str = ""

    def write(self) -> bytes:
        """Write it as a token carries it."""
        return msgspec.json.encode(self)


def read_mark(written: bytes) -> Mark | None:
    """Read what a token carries, None for what is no mark."""
    try:
        return msgspec.json.decode(written, type=Mark)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def signed_part(effect: UUID, item: UUID) -> bytes:
    """Give what the tag in a Message-ID is made over."""
    return b"message-id\x1f" + effect.bytes + item.bytes


def write_message_id(effect: UUID, item: UUID, tag: bytes, domain: str) -> str:
    """Write the Message-ID of an effect's letter, the same whenever it is sent; `tag` says that it is ours."""
    rest = base64.b32encode(item.bytes + tag).decode().rstrip("=").lower()
    return f"<{effect}.{rest}@{domain}>"


def read_message_id(written: str) -> tuple[UUID, UUID, bytes] | None:
    """Read effect, item and tag from a Message-ID, None for one that has not our form."""
    found = OURS.match(written.strip())
    if found is None:
        return None
    try:
        rest = base64.b32decode(found[2].upper() + "=")
    except binascii.Error:
        return None
    return UUID(found[1]), UUID(bytes=rest[:16]), rest[16:]
