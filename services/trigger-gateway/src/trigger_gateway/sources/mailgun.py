"""Mailgun's inbound routes: letters as forms, read by Mailgun or raw (`body-mime`).

The signature is over timestamp and token alone, not over the letter: what was caught on the way could be sent on with
another letter. So a token is good for one letter, and only while it is young. See *Securing webhooks* and *Receive,
forward and store* in Mailgun's documentation.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr

import msgspec
from chassis.plain_text import plain_text
from chassis.problems import Problem
from starlette.responses import JSONResponse, Response

from trigger_gateway.knocks import Knock
from trigger_gateway.letters.automatic import is_automatic
from trigger_gateway.letters.letter import LONGEST_WITH_QUOTES, File, Letter
from trigger_gateway.letters.mime import LARGEST, LetterUnreadable, answered, line
from trigger_gateway.letters.mime import read as read_mime
from trigger_gateway.letters.quotes import without_quotes
from trigger_gateway.sources.letters import delivery_id
from trigger_gateway.sources.letters import told as told_by
from trigger_gateway.sources.multipart import Parts, read_parts
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Told, not_signed
from trigger_gateway.sources.thin_forms import ThinForm
from trigger_gateway.timestamps import is_near

TOLERANCE = 900
LONGEST_TOKEN = 200
REFUSED = 406  # anything but 200 and 406 means *send it again*
AGAIN = frozenset({408, 429, 500, 502, 503, 504})
RAW = "body-mime"


@dataclass(frozen=True, slots=True)
class Signature:
    """What Mailgun signs with: hex of HMAC-SHA256 over the timestamp and the token."""

    timestamp: str
    token: str
    signature: str

    def holds(self, secrets: Sequence[str], at: datetime) -> bool:
        """Say whether one of the keys made it, not long from now."""
        known = 0 < len(self.token) <= LONGEST_TOKEN
        young = is_near(self.timestamp, at, TOLERANCE)
        return known and young and any(self.is_made_with(secret) for secret in filter(None, secrets))

    def is_made_with(self, secret: str) -> bool:
        """Say whether this key made it."""
        return hmac.compare_digest(self.made(secret), self.signature.encode())

    def made(self, secret: str) -> bytes:
        """Give what this key makes."""
        return hmac.digest(secret.encode(), (self.timestamp + self.token).encode(), hashlib.sha256).hex().encode()


def read(knock: Knock, setup: Setup) -> Told:
    """Verify the signature, then read the letter; raises a problem."""
    parts = read_parts(knock)
    signature = Signature(parts.value("timestamp"), parts.value("token"), parts.value("signature"))
    if not signature.holds(setup.secrets, knock.at):
        raise not_signed()
    return replace(_told(parts, setup), nonce=signature.token)


def retell(knock: Knock, setup: Setup) -> Told:
    """Read once more what was verified then."""
    return _told(read_parts(knock), setup)


def _told(parts: Parts, setup: Setup) -> Told:
    recipient = parts.value("recipient").strip().lower()
    try:
        raw = parts.content(RAW)
        letter = read_mime(raw) if raw else letter_of(parts)
    except LetterUnreadable as error:
        raise Problem(422, "The letter cannot be read", detail=str(error)) from None
    return told_by(letter, setup.signer, delivery=delivery_id(f"{letter.message_id} {recipient}"))


def letter_of(parts: Parts) -> Letter:
    """Give the letter that Mailgun has read."""
    headers = headers_of(parts.value("message-headers"))
    written = parts.value("from")
    name, at, address = written.rpartition("<")
    name, address = (name, address.rstrip("> ")) if at else parseaddr(written)
    address = address if "@" in address else parts.value("sender")
    if "@" not in address:
        raise LetterUnreadable("it does not say who wrote it")
    text = parts.value("body-plain") or plain_text(parts.value("body-html")[:LONGEST_WITH_QUOTES])
    message_id = headers.get("message-id", parts.value("Message-Id"))
    return Letter(
        sender=line(address),
        name=line(name).strip('" '),
        to=tuple(line(one) for one in parts.value("recipient").split(",")),
        subject=line(parts.value("subject")),
        text=without_quotes(text.replace("\x00", "")),
        message_id=line(message_id) or hashlib.sha256(text.encode()).hexdigest(),
        answers=answered(headers.get("in-reply-to", ""), headers.get("references", "")),
        files=tuple(File(line(name), size, kind) for name, size, kind in parts.files),
        automatic=is_automatic(lambda header: headers.get(header, "")),
    )


def headers_of(written: str) -> dict[str, str]:
    """Read `message-headers`, a list of pairs in JSON, by names in lower case; what is none of it is left out."""
    try:
        pairs = msgspec.json.decode(written.encode() or b"[]", type=list[tuple[str, str]])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return {name.lower(): value for name, value in reversed(pairs)}


def answer(_: Knock, __: Setup, taken: Taken) -> Response:
    """Answer 200 to all that is kept, and 406 to what no repeat would mend."""
    if taken.outcome == "quarantined":
        return JSONResponse({"message": "This token or this letter came with something else before."}, REFUSED)
    return JSONResponse({"message": "Kept."})


def refuse(_: Knock, problem: Problem) -> Response:
    """Answer 406 so that it is not sent again, but where another try may do."""
    response = problem.response()
    if problem.status not in AGAIN:
        response.status_code = REFUSED
    return response


def thin(content_type: str, most: int) -> ThinForm:
    """Give what reads a large letter: of attachments their sizes, and of a raw one its beginning, where the text is."""
    return ThinForm(content_type, most, cut=(RAW,))


SOURCE = SourceKind("mailgun", read, answer, refuse, retell=retell, largest=LARGEST, thin=thin)
