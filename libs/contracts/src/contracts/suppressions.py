"""Addresses that are written to no more: what stands for one, and how the workers, whose list it is, tell of it."""

import hashlib
from datetime import datetime
from typing import ClassVar, Literal

from contracts.data import Data

# What kind of address it is; SMS and calls share a phone.
Way = Literal["email", "phone"]
# Who said so: its owner by a word like STOP, one of us, or a provider that reports a bounce or a complaint.
SuppressionKind = Literal["stop", "person", "report"]
# The reason that a word like STOP leaves; a word like START lifts what has it, and nothing else.
STOPPED = "answered STOP"


class SuppressionChanged(Data):
    """An address is written to no more, or may be again; `address` is its fingerprint."""

    TYPE: ClassVar[str] = "suppression.changed.v1"
    address: str
    way: Way
    suppressed: bool
    kind: SuppressionKind
    reason: str = ""
    since: datetime


def fingerprint(way: str, address: str) -> str:
    """Give what stands for an address, an email or a phone, where the address itself is not kept."""
    plain = address.strip().lower() if way == "email" else address.strip()
    return hashlib.sha256(f"{way}\x1f{plain}".encode()).hexdigest()
