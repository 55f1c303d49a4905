"""How Twilio signs what it sends (X-Twilio-Signature): forms, over the address that it was given and the fields."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from automation.knowledge import Knowledge
from chassis.problems import Problem
from chassis.secrets import Sealer

from trigger_gateway.identities import identities_of
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import not_signed

TWILIO = "twilio"
TOKENS = ("auth_token", "old_auth_token")
DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_FIELDS = 200
Fields = Sequence[tuple[str, str]]


def verified(knock: Knock, public_url: str, tokens: Iterable[str]) -> dict[str, str]:
    """Give the fields of a form that one of these tokens signed; raises a 400 or 401 problem.

    It is signed over the address that the provider was given: the `Host` that a request names proves nothing.
    """
    fields, url = read_fields(knock.body), public_url.rstrip("/") + knock.target
    signature = knock.headers.get("x-twilio-signature", "")
    if not any(is_signed(signature, url, fields, token) for token in filter(None, tokens)):
        raise not_signed()
    return dict(fields)


def tokens_of(knowledge: Knowledge, sealer: Sealer, name: str) -> tuple[str, ...]:
    """Give the tokens with which the account of a connection may sign, two while one replaces the other.

    Raises a 404 problem.
    """
    connection = knowledge.connections.get(name)
    if connection is None or connection.provider != TWILIO or "auth_token" not in connection.secrets:
        raise Problem(404, "Nothing is here", detail="Check the address that the provider was given.")
    held = [key for key in TOKENS if key in connection.secrets]
    return tuple(sealer.open(connection.secrets[key], f"connection/{name}/{key}") for key in held)


def read_fields(body: bytes) -> Fields:
    """Read the form with its blank values, which are signed too; raises a 400 problem."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        fix = f"Send it URL-encoded in UTF-8, with at most {MOST_FIELDS} fields."
        raise Problem(400, "The body is not a form", detail=fix) from None


def line_of(written: str, country: str) -> str:
    """Give a company's line in E.164, or as it came where it is no number (`sip:…`)."""
    return next((one.value for one in identities_of("phone", written, country)), written)


def is_signed(signature: str, url: str, fields: Fields, token: str) -> bool:
    """Say whether the token made the signature, over the address with or without the scheme's own port."""
    made = [sign(spelling, fields, token).encode() for spelling in spellings(url)]
    return any(hmac.compare_digest(one, signature.encode()) for one in made)


def sign(url: str, fields: Fields, token: str) -> str:
    """Give base64 of HMAC-SHA1 over the address and the fields in their order, each value once."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def spellings(url: str) -> Iterable[str]:
    """Give the address as it is, and with the scheme's own port left out or written."""
    yield url
    parts = urlsplit(url)
    port = DEFAULT_PORTS.get(parts.scheme)
    if parts.port is None:
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{port}"))
    elif parts.port == port:
        yield urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{port}")))
