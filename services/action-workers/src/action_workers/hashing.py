"""Identifiers of people as advertising platforms take them: normalised, then hashed in lower hex.

What all platforms share is here; what only one asks for is in that platform's file.
"""

import hashlib
import re

LETTERS = re.compile(r"[^\W\d_]")


def normalised_email(written: str) -> str:
    """Give an email as platforms compare it, trimmed and in lower case; empty where it is none."""
    email = written.strip().lower()
    user, at, domain = email.rpartition("@")
    return email if at and user and domain and "@" not in user and not re.search(r"\s", email) else ""


def normalised_phone(written: str) -> str:
    """Give the digits of a phone with its country code, without plus, in ASCII; empty where it is not with one."""
    if not written.strip().startswith("+") or LETTERS.search(written):
        return ""
    return "".join(str(int(c)) for c in written if c.isdecimal()).lstrip("0")


def hashed(normalised: str) -> str:
    """Give the SHA-256 of a normalised identifier; an empty one stays empty."""
    return hashlib.sha256(normalised.encode()).hexdigest() if normalised else ""


def hashed_weakly(normalised: str) -> str:
    """Give the MD5 of a normalised identifier, for platforms that take no better; an empty one stays empty."""
    return hashlib.md5(normalised.encode(), usedforsecurity=False).hexdigest() if normalised else ""
