"""Signatures over the raw body: Standard Webhooks 1.0 (`v1`, `v1a`), and an HMAC in a header of the sender's choice.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from collections.abc import Mapping, Sequence

from contracts.webhooks import Hmac
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from trigger_gateway.knocks import Knock
from trigger_gateway.timestamps import is_near

TOLERANCE = 300
MOST_SIGNATURES = 20
PUBLIC_KEY = "whpk_"
SECRET = "whsec_"  # noqa: S105  what stands before a secret


def is_standard(knock: Knock, secrets: Sequence[str]) -> bool:
    """Say whether one of the listed signatures is of a secret that is valid now, at most five minutes from now."""
    headers = knock.headers
    id_, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id_ or not is_near(timestamp, knock.at, TOLERANCE):
        return False
    known = [secret for secret in secrets if can_sign(secret)]
    signed = b"%b.%b.%b" % (id_.encode("latin-1"), timestamp.encode(), knock.body)
    given = [part.partition(",") for part in headers.get("webhook-signature", "").split()[:MOST_SIGNATURES]]
    return any(is_made_by(secret, signed, version, value) for secret in known for version, _, value in given)


def is_made_by(secret: str, signed: bytes, version: str, value: str) -> bool:
    """Say whether a signature holds: `v1` by a shared secret, `v1a` by the sender's public key."""
    if secret.startswith(PUBLIC_KEY):
        return version == "v1a" and is_ed25519(secret.removeprefix(PUBLIC_KEY), signed, value)
    ours = base64.b64encode(hmac.digest(key_of(secret), signed, "sha256"))
    return hmac.compare_digest(ours, value.encode("latin-1")) and version == "v1"


def can_sign(secret: str) -> bool:
    """Say whether a secret holds anything: with an empty one everybody could sign."""
    return bool(secret if secret.startswith(PUBLIC_KEY) else key_of(secret))


def key_of(secret: str) -> bytes:
    """Give the bytes of a secret: base64 behind `whsec_` as the standard has it, else the text itself."""
    try:
        return base64.b64decode(secret.removeprefix(SECRET), validate=True)
    except ValueError:  # also for letters that base64 does not have
        return secret.encode()


def is_ed25519(key: str, signed: bytes, value: str) -> bool:
    """Say whether the owner of a public key signed this."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(base64.b64decode(value, validate=True), signed)
    except (InvalidSignature, ValueError):  # a key or signature that is none is a ValueError
        return False
    return True


def is_hmac(how: Hmac, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Say whether one of the signatures in the header, behind commas, is of a secret that is valid now."""
    written = headers.get(how.header.lower(), "").split(",", MOST_SIGNATURES)[:MOST_SIGNATURES]
    values = [one.strip().removeprefix(how.prefix) for one in written if one.strip().startswith(how.prefix)]
    ours = [written_as(how, hmac.digest(secret.encode(), body, how.algorithm)) for secret in filter(None, secrets)]
    return any(hmac.compare_digest(one, given(how, value)) for one in ours for value in values)


def written_as(how: Hmac, made: bytes) -> bytes:
    """Write an HMAC as the sender does."""
    return made.hex().encode() if how.encoding == "hex" else base64.b64encode(made)


def given(how: Hmac, value: str) -> bytes:
    """Give what a sender wrote, hex in any case."""
    return (value.lower() if how.encoding == "hex" else value).encode()
