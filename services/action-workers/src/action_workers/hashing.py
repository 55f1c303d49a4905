"""Identifiers of people as advertising platforms take them: normalised, then SHA-256 in lower hex.

Rules of Meta's customer audiences: an email trimmed and in lower case; a phone as digits with the country code, without
plus, leading zeros or anything between.
"""

import hashlib
import re

NOT_DIGITS = re.compile(r"\D")


def normalised_email(written: str) -> str:
    """Give an email as platforms compare it; empty where it is none."""
    email = written.strip().lower()
    return email if "@" in email.strip("@") and " " not in email else ""


def normalised_phone(written: str) -> str:
    """Give the digits of a phone in E.164; empty where it is not with a country code."""
    if not written.strip().startswith("+"):
        return ""
    return NOT_DIGITS.sub("", written).lstrip("0")


def hashed(normalised: str) -> str:
    """Give the SHA-256 of a normalised identifier; an empty one stays empty."""
    return hashlib.sha256(normalised.encode()).hexdigest() if normalised else ""
