"""The deployment's key, from which all others are derived."""

import base64

KEY = 32


def read_key(written: str) -> bytes:
    """Read the deployment's key; raises `ValueError` that says how to make one."""
    try:
        raw = base64.b64decode(written, validate=True)
    except ValueError:  # no base64, or letters that are none of it
        raw = b""
    if len(raw) != KEY:
        raise ValueError("SECRET_KEY must be 32 bytes in base64; make one with: openssl rand -base64 32")
    return raw
