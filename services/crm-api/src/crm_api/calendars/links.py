"""The secret part of a calendar's address: 256 random bits, shown once, kept as their SHA-256."""

import hashlib
import secrets


def new_token() -> str:
    """Make one that nobody can guess."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Give what is kept of a token; with so many random bits nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
