"""Twilio Messaging: SMS that clients send to a company's numbers.

A word like STOP means that its number gets no more SMS or calls, and is no message; one like START takes that back, and
is a message too, because YES may be an answer. Where the account's Advanced Opt-Out is on, Twilio says itself which of
them it was (`OptOutType`). See *Twilio's request to your webhook URL* and *Opt-out keywords* in Twilio's documentation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chassis.problems import Problem
from contracts.actions import SetSuppression
from contracts.channels import SmsChannel
from contracts.config import Source
from contracts.signals import Identity
from pydantic import ValidationError
from starlette.responses import Response

from trigger_gateway.identities import identities_of
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Telling, Told, refuse_plainly
from trigger_gateway.twilio import line_of, read_fields, verified
from trigger_gateway.twiml import twiml

KIND, CHANNEL = "chat.message", "sms"
REFUSED, GIVEN = "consent.refused", "consent.given"
SAYS = {"STOP": "by SMS STOP", "START": "by SMS START"}
# What Twilio itself understands, and the same in the languages that we speak.
STOP = frozenset(
    "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE PARAR SAIR REMOVER FERMA BASTA DISISCRIVI СТОП"
    " ОТПИСАТЬСЯ ОТПИСКА".casefold().split()
)
START = frozenset("START UNSTOP YES INICIAR INIZIA ПОДПИСАТЬСЯ".casefold().split())
HELP = frozenset("HELP INFO".casefold().split())
# Around a word that is the whole message.
AROUND = " \t\r\n.,!\"'«»“”"
MOST_MEDIA = 10

Word = Literal["STOP", "START", "HELP", ""]


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS: who wrote it to which number, what it says, and of which kind its word is."""

    id: str
    sender: tuple[Identity, ...]
    line: str
    text: str
    media: tuple[str, ...]
    word: Word

    def payload(self) -> dict[str, Any]:
        """Give what rules and triggers may read of it."""
        told: dict[str, Any] = {
            "channel": CHANNEL,
            "line": self.line,
            "phone": next((one.value for one in self.sender), ""),
            "message": self.id,
            "type": "media" if self.media else "text",
            "text": f"[media] {self.text}".strip() if self.media else self.text,
            "media": list(self.media),
        }
        return {key: value for key, value in told.items() if value}


def read(knock: Knock, setup: Setup) -> Telling:
    """Verify the signature, then read the SMS."""
    verified(knock, setup.portal.public_url, setup.secrets)
    return tell(knock, setup)


def tell(knock: Knock, setup: Setup) -> Telling:
    """Read an SMS; raises a 422 problem for what is none."""
    fields = dict(read_fields(knock.body))
    if not fields.get("MessageSid") or "Body" not in fields:
        fix = "Give this address at Twilio as *A message comes in*."
        raise Problem(422, "This is not an SMS to you", detail=f"It has no MessageSid or Body. {fix}")
    sms = sms_of(fields, setup)
    message = Told(delivery=sms.id, kind=KIND, identities=sms.sender, payload=sms.payload())
    match sms.word:
        case "STOP":
            return consent(sms, REFUSED)
        case "START":
            return message, consent(sms, GIVEN)
        case "HELP":
            return Told(delivery=sms.id, payload={"type": "help"})
        case _:
            return message


def consent(sms: Sms, kind: str) -> Told:
    """Tell what a word says of the sender's number, to the list of the workers and to the contact."""
    says = SAYS[sms.word]
    stops = kind == REFUSED
    words = [
        SetSuppression(way="phone", address=one.value, suppressed=stops, by=says, kind="stop") for one in sms.sender
    ]
    payload = {"channel": "phone", "text": says, "message": sms.id, "line": sms.line}
    payload |= {} if stops else {"lifts": SAYS["STOP"]}
    delivery = sms.id if stops else f"{sms.id}:start"
    return Told(delivery=delivery, kind=kind, identities=sms.sender, payload=payload, words=tuple(words))


def sms_of(fields: Mapping[str, str], setup: Setup) -> Sms:
    """Read the fields of an SMS."""
    country = setup.portal.country
    clean = {name: value.replace("\x00", "") for name, value in fields.items()}
    return Sms(
        id=clean["MessageSid"],
        sender=identities_of("phone", clean.get("From", ""), country),
        line=line_of(clean.get("To", ""), country),
        text=clean["Body"],
        media=tuple(filter(None, (clean.get(f"MediaUrl{n}", "") for n in range(MOST_MEDIA)))),
        word=word_of(clean, channel_of(setup.source)),
    )


def word_of(fields: Mapping[str, str], channel: SmsChannel) -> Word:
    """Say of which kind the one word of an SMS is: as Twilio says, else as it is written; "" for any other message."""
    said = fields.get("OptOutType", "").strip().upper()
    if said in {"STOP", "START", "HELP"}:
        return said  # type: ignore[return-value]
    written = fields["Body"].strip(AROUND).casefold()
    known: Iterable[tuple[Word, Iterable[str], frozenset[str]]] = (
        ("STOP", channel.stop, STOP),
        ("START", channel.start, START),
        ("HELP", (), HELP),
    )
    return next((word for word, more, own in known if written in own | {one.casefold() for one in more}), "")


def channel_of(source: Source) -> SmsChannel:
    """Read how a source is set up; where that cannot be read the usual words count, and no SMS is lost."""
    try:
        return SmsChannel.model_validate(source.settings)
    except ValidationError:
        return SmsChannel()


def answer(_: Knock, __: Setup, ___: Taken) -> Response:
    """Answer that nothing is to be sent: rules answer, and to STOP Twilio does."""
    return twiml()


SOURCE = SourceKind("twilio-sms", read, answer, refuse_plainly, retell=tell)
