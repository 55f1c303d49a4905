"""Twilio Voice: calls to and from a company's lines, told by the requests that their numbers make.

Each request tells one status of one call (`CallSid:CallStatus`), so their order means nothing; it is in the payload as
`sequence`. A call is missed where its ringing ended without an answer, where the number that it was put through to did
not take it, and where it was put through to nobody.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from chassis.problems import Problem
from contracts.channels import CallAnswering
from contracts.config import Source
from contracts.signals import Identity
from pydantic import ValidationError
from starlette.responses import Response

from trigger_gateway.identities import identities_of
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Told, refuse_plainly
from trigger_gateway.timestamps import in_utc
from trigger_gateway.twilio import line_of, read_fields, verified
from trigger_gateway.twiml import say, twiml

INBOUND = "inbound"
NOT_ANSWERED = frozenset({"busy", "no-answer", "failed", "canceled"})
ENDED = NOT_ANSWERED | {"completed"}
ANSWERED = "completed"
DIALLED = "DialCallStatus"
MOST_DIGITS = 9


def read(knock: Knock, setup: Setup) -> Told:
    """Verify the signature, then read the status of the call."""
    verified(knock, setup.portal.public_url, setup.secrets)
    return tell(knock, setup)


def tell(knock: Knock, setup: Setup) -> Told:
    """Read the status of a call; one on the way is told without a kind."""
    fields = dict(read_fields(knock.body))
    sid, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
    if not sid or not status:
        fix = "Give this address at Twilio as *A call comes in* and *Call status changes*."
        raise Problem(422, "This is not a call of Twilio", detail=f"It has no CallSid or CallStatus. {fix}")
    dialled = fields.get(DIALLED, "")
    inbound = fields.get("Direction", INBOUND) == INBOUND
    client, line = ("From", "To") if inbound else ("To", "From")
    known = identities_of("phone", fields.get(client, ""), setup.portal.country)  # none of one who hides the number
    return Told(
        delivery=f"{sid}:dial:{dialled}" if dialled else f"{sid}:{status}",
        kind=kind_of(fields, setup.source),
        happened_at=moment(fields.get("Timestamp", "")),
        identities=known,
        payload=payload_of(fields, line_of(fields.get(line, ""), setup.portal.country), known),
    )


def kind_of(fields: Mapping[str, str], source: Source) -> str:
    """Give the kind of signal that a request is, "" for none."""
    status = fields["CallStatus"]
    if fields.get("Direction", INBOUND) != INBOUND:
        return "call.outgoing" if status in ENDED else ""
    if status == "ringing" and not fields.get(DIALLED):
        return "call.incoming"
    return "call.missed" if is_missed(fields, source) else ""


def is_missed(fields: Mapping[str, str], source: Source) -> bool:
    """Say whether a request tells that nobody took a call."""
    if dialled := fields.get(DIALLED):
        return dialled in NOT_ANSWERED
    status = fields["CallStatus"]
    # Where somebody was to be called, the answer to that has told already whether they were there.
    unheard = status == ANSWERED and not source.settings.get("dial")
    return status in NOT_ANSWERED or unheard


def payload_of(fields: Mapping[str, str], line: str, known: tuple[Identity, ...]) -> dict[str, Any]:
    """Give what rules and triggers may read of a call; `line` is the company's number, `phone` the client's."""
    status = fields.get(DIALLED) or fields["CallStatus"]
    payload: dict[str, Any] = {
        "call": fields["CallSid"],
        "line": line,
        "phone": next((one.value for one in known), ""),
        "name": fields.get("CallerName", ""),
        "direction": fields.get("Direction", INBOUND),
        "status": status,
        "answered": status == ANSWERED if status in ENDED else None,
        "duration": whole(fields.get("DialCallDuration") or fields.get("CallDuration", "")),
        "sequence": whole(fields.get("SequenceNumber", "")),
    }
    return {k: v.replace("\x00", "") if isinstance(v, str) else v for k, v in payload.items() if v not in ("", None)}


def moment(written: str) -> datetime | None:
    """Read the moment that Twilio tells, None where it tells none."""
    try:
        told = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return None
    return in_utc(told if told.tzinfo else told.replace(tzinfo=UTC))


def whole(written: str) -> int | None:
    """Read a whole number, None for what is none."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS else None


def answer(knock: Knock, setup: Setup, _: Taken) -> Response:
    """Say what is to be done with the call: what the source sets for a new one, nothing for one that has ended."""
    fields = dict(read_fields(knock.body))
    answering = answering_of(setup.source)
    response = Element("Response")
    if DIALLED in fields:
        if answering.missed and fields[DIALLED] in NOT_ANSWERED:
            say(response, answering.missed, language=answering.language, voice=answering.voice)
    elif fields.get("CallStatus") == "ringing" and fields.get("Direction", INBOUND) == INBOUND:
        greet(response, answering, setup.portal.public_url.rstrip("/") + knock.target)
    return twiml(response)


def answering_of(source: Source) -> CallAnswering:
    """Read how a source answers calls; where that cannot be read nothing is done, and the call is told all the same."""
    try:
        return CallAnswering.model_validate(source.settings)
    except ValidationError:
        return CallAnswering()


def greet(response: Element, answering: CallAnswering, here: str) -> None:
    """Say the text, then put the call through; `here` is asked what follows once that has ended."""
    if answering.say:
        say(response, answering.say, language=answering.language, voice=answering.voice)
    if answering.dial:
        dial = SubElement(response, "Dial", {"timeout": str(answering.timeout), "action": here})
        whom = SubElement(dial, "Sip") if answering.dial.startswith("sip:") else dial
        whom.text = answering.dial


SOURCE = SourceKind("twilio-voice", read, answer, refuse_plainly, retell=tell)
