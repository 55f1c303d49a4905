"""What this deployment said to the outside and must know again: signed under a key derived from the deployment's."""

import base64
import binascii
import hashlib
import hmac

from pydantic import SecretStr

from chassis.keys import read_key

TAG = 16


class Signer:
    """Signs what addresses carry, for one purpose: a token of another purpose is none of this one."""

    def __init__(self, key: SecretStr, purpose: str) -> None:
        self._key = hmac.digest(read_key(key.get_secret_value()), b"signing\x1f" + purpose.encode(), hashlib.sha256)

    def token(self, what: bytes) -> str:
        """Give what it carries, signed, as it may stand in an address; it can be read by whoever holds it."""
        return base64.urlsafe_b64encode(self.tag(what) + what).rstrip(b"=").decode()

    def read(self, token: str) -> bytes | None:
        """Give what a token carries, None for one that was not made here."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        return raw[TAG:] if hmac.compare_digest(raw[:TAG], self.tag(raw[TAG:])) else None

    def tag(self, what: bytes, length: int = TAG) -> bytes:
        """Give the signature by itself: HMAC-SHA256, cut to so many bytes."""
        return hmac.digest(self._key, what, hashlib.sha256)[:length]
