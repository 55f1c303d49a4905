"""Secrets at rest and on topics: sealed with AES-256-GCM (NIST SP 800-38D) under the deployment's key."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

NONCE = 12
KEY = 32
VERSION = "v1."


class SecretUnreadable(Exception):
    """A sealed value was not sealed with this key, or for this place."""


class Sealer:
    """Seals values for a place (such as `connection/sms/token`), so that one cannot stand in for another."""

    def __init__(self, key: SecretStr) -> None:
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
        return hmac.new(self._hashing, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()[:32]


def read_key(written: str) -> bytes:
    """Read the deployment's key; raises `ValueError` that says how to make one."""
    try:
        raw = base64.b64decode(written, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != KEY:
        raise ValueError("SECRET_KEY must be 32 bytes in base64; make one with: openssl rand -base64 32")
    return raw
