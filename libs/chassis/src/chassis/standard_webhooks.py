"""Signatures of Standard Webhooks 1.0 (`v1`, HMAC-SHA256) under what we send.

The text that is signed is `<id>.<timestamp>.<body>`; a secret is `whsec_` and 24 to 64 bytes in base64. While a secret
is changed for another, both sign, and any one signature that holds is enough for the receiver.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


class NoSecret(ValueError):
    """A text is no secret that can sign; the message says what one looks like, and never the text."""


def new_secret() -> str:
    """Give a secret that nobody can guess."""
    return PREFIX + base64.b64encode(os.urandom(32)).decode()


def signed(secrets: Iterable[str], id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """Give the headers of a message, with one signature for each secret; raises `NoSecret`."""
    moment = str(int(at.timestamp()))
    signatures = " ".join(f"v1,{_signature(secret, id_, moment, body)}" for secret in secrets)
    return {ID: id_, TIMESTAMP: moment, SIGNATURE: signatures}


def check_secret(secret: str) -> None:
    """Refuse a text that cannot sign; raises `NoSecret`."""
    _key(secret)


def _signature(secret: str, id_: str, moment: str, body: bytes) -> str:
    text = f"{id_}.{moment}.".encode() + body
    return base64.b64encode(hmac.digest(_key(secret), text, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise NoSecret(f"a secret is {PREFIX} and {SHORTEST} to {LONGEST} bytes in base64")
    return key
