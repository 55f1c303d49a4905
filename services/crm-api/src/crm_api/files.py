"""Files by the hash of their content: the same bytes are one file."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

LARGEST_FILE = 20 * 1024 * 1024
ANY_BYTES = "application/octet-stream"
HASH = r"[0-9a-f]{64}"
CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;\s*[\w-]+=[\w.+-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """Bytes and what they are."""

    hash: str
    content_type: str
    content: bytes
    created_at: datetime


def hash_of(content: bytes) -> str:
    """Give the name of a content: its SHA-256."""
    return hashlib.sha256(content).hexdigest()


def content_type(written: str | None) -> str:
    """Give a content type as it may stand in a header, that of any bytes for what is none."""
    return written if written and CONTENT_TYPE.fullmatch(written) else ANY_BYTES
