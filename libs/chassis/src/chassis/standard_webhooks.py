"""Signatures of Standard Webhooks 1.0 (`v1`, HMAC-SHA256): who signs what we send, and what is sent to us.

The text that is signed is `<id>.<timestamp>.<body>`; a secret is `whsec_` and 24 to 64 bytes in base64. While a secret
is changed for another, both sign, and any one signature that holds is enough.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
TOLERANCE = timedelta(minutes=5)
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
MOST_SIGNATURES = 10


class NotSigned(ValueError):
    """No signature of a message holds, or it is not of now."""


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


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Give the id of a message that one of these secrets signed at most 5 minutes ago; raises `NotSigned`."""
    id_, moment = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if (
        not id_
        or not (moment.isascii() and moment.isdigit())
        or abs(int(moment[:15]) - now.timestamp()) > (TOLERANCE.total_seconds())
    ):
        raise NotSigned("a message needs an id, and a timestamp of now")
    given = [one.partition(",")[2] for one in headers.get(SIGNATURE, "").split() if one.startswith("v1,")]
    made = [_signature(secret, id_, moment, body) for secret in secrets]
    # Each is compared with each, so that the time tells nothing.
    held = [hmac.compare_digest(ours.encode(), one.encode()) for ours in made for one in given[:MOST_SIGNATURES]]
    if not any(held):
        raise NotSigned("no signature holds")
    return id_


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
