"""A letter that came in, as the signal `email.received` tells it."""

import hashlib
import hmac
import re
from datetime import datetime
from uuid import UUID

from chassis.signing import Signer
from contracts.data import JsonObject
from contracts.letters import TAG, read_message_id, signed_part

from trigger_gateway.identities import identities_of
from trigger_gateway.letters.letter import LONGEST_TEXT, MOST_REFERENCES, Letter
from trigger_gateway.sources.source_kind import Report, Told

KIND = "email.received"
# Enhanced status codes (RFC 3463) of addresses to which nothing will ever come.
GONE = re.compile(r"5\.1\.(1|2|3|6|10)\b")
NOBODY = "the mailbox does not exist"
LONGEST_ID = 300
MOST_FILES, MOST_RECIPIENTS = 100, 50


def told(letter: Letter, signer: Signer | None, *, delivery: str = "", at: datetime | None = None) -> Told:
    """Give what a letter tells; no signal is one that we wrote, or that only says what became of ours."""
    delivery = delivery_id(delivery or letter.message_id)
    if ours(letter.message_id, signer) is not None:
        return Told(delivery)
    answered = next(filter(None, (ours(one, signer) for one in letter.answers[:MOST_REFERENCES])), None)
    if letter.bounced and answered is not None:
        return Told(delivery, reports=(report(letter, *answered),))
    effect, item = answered or (None, None)
    sender = identities_of("email", letter.sender)
    return Told(delivery, KIND, at, item, sender, payload_of(letter, effect))


def payload_of(letter: Letter, answers: UUID | None) -> JsonObject:
    """Give what rules and triggers may read of a letter; `answers` is the effect that wrote the letter before it."""
    return {
        "from": letter.sender,
        "name": letter.name or letter.sender,
        "to": list(letter.to[:MOST_RECIPIENTS]),
        "subject": letter.subject,
        "text": letter.text[:LONGEST_TEXT],
        "message_id": letter.message_id,
        "answers": str(answers) if answers else "",
        "automatic": letter.automatic,
        "files": [{"name": f.name, "size": f.size, "type": f.content_type} for f in letter.files[:MOST_FILES]],
    }


def ours(message_id: str, signer: Signer | None) -> tuple[UUID, UUID] | None:
    """Give effect and item of a letter of ours by its Message-ID, None for one that others gave."""
    read = read_message_id(message_id)
    if read is None or signer is None:
        return None
    effect, item, tag = read
    made = signer.tag(signed_part(effect, item), TAG)
    return (effect, item) if hmac.compare_digest(tag, made) else None


def report(letter: Letter, effect: UUID, item: UUID) -> Report:
    """Give the report that a letter of ours did not arrive."""
    return Report("email", item, effect, letter.bounced, NOBODY if GONE.match(letter.bounced) else "")


def delivery_id(written: str) -> str:
    """Give an id that can be kept; a longer one by its hash."""
    return written if len(written) <= LONGEST_ID else hashlib.sha256(written.encode()).hexdigest()
