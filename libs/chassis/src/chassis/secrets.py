"""Secrets at rest and on topics: sealed with AES-256-GCM (NIST SP 800-38D) under the deployment's key."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from chassis.keys import read_key
from chassis.signing import Signer

__all__ = ["Sealer", "SecretUnreadable", "read_key"]

NONCE = 12
VERSION = "v1."


class SecretUnreadable(Exception):
    """A sealed value was not sealed with this key, or for this place."""


class Sealer:
    """Seals values for a place (such as `connection/sms/token`), so that one cannot stand in for another."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key
        raw = read_key(key.get_secret_value())
        self._cipher = AESGCM(raw)
        self._hashing = hashlib.sha256(b"identities" + raw).digest()

    def seal(self, value: str, place: str) -> str:
        """Give the sealed form of a value."""
        nonce = os.urandom(NONCE)
        return VERSION + base64.b64encode(nonce + self._cipher.encrypt(nonce, value.encode(), place.encode())).decode()

    def open(self, sealed: str, place: str) -> str:
        """Give the value; raises `SecretUnreadable`."""
        try:
            raw = base64.b64decode(sealed.removeprefix(VERSION), validate=True)
            return self._cipher.decrypt(raw[:NONCE], raw[NONCE:], place.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise SecretUnreadable(f"{place} cannot be opened with this deployment's key") from None

    def identity(self, kind: str, value: str) -> str:
        """Give the keyed hash by which a message names a person who is not known yet."""
        return hmac.digest(self._hashing, f"{kind}\x1f{value}".encode(), "sha256").hex()[:32]

    def signer(self, purpose: str) -> Signer:
        """Give what signs for one purpose under a key derived from the same."""
        return Signer(self._key, purpose)
