"""Stripe: events signed over the raw bytes; see *Verify webhook signatures manually* in Stripe's documentation."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from chassis.problems import Problem
from contracts.money import Money
from starlette.responses import JSONResponse, Response

from trigger_gateway.identities import known_by
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Told, not_signed, refuse_plainly
from trigger_gateway.timestamps import LATEST, is_near

TOLERANCE = 300
MOST_PARTS = 20
BINDING = "invoice"
# Currencies whose minor unit is not a hundredth, as Stripe counts them (ISK and UGX travel with two digits).
WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event type means here: the kind of signal, and where its object holds the amount."""

    kind: str
    amount: str


EVENTS = {
    "payment_intent.succeeded": Meaning("payment.succeeded", "amount_received"),
    "payment_intent.payment_failed": Meaning("payment.failed", "amount"),
    "checkout.session.completed": Meaning("payment.succeeded", "amount_total"),
    "checkout.session.async_payment_succeeded": Meaning("payment.succeeded", "amount_total"),
    "checkout.session.async_payment_failed": Meaning("payment.failed", "amount_total"),
    "invoice.paid": Meaning("payment.succeeded", "amount_paid"),
    "charge.refunded": Meaning("payment.refunded", "amount_refunded"),
}


class EventData(msgspec.Struct):
    """The part of an event that holds its object."""

    object: dict[str, Any]


class Event(msgspec.Struct):
    """The members of an event that we read."""

    id: Annotated[str, msgspec.Meta(pattern=r"^evt_\w{1,250}$")]
    type: Annotated[str, msgspec.Meta(max_length=200)]
    created: Annotated[int, msgspec.Meta(ge=0, le=LATEST)]
    data: EventData


@dataclass(frozen=True, slots=True)
class Signature:
    """What the header says: the moment as it was signed, and the `v1` signatures, one for each secret of the sender."""

    timestamp: str
    given: tuple[bytes, ...]

    @classmethod
    def read(cls, header: str) -> Self:
        """Read a header like `t=1767225600,v1=5257…,v1=6ffb…`; what is missing stays empty."""
        parts = [part.strip().partition("=") for part in header.split(",", MOST_PARTS)[:MOST_PARTS]]
        timestamp = next((value for name, _, value in parts if name == "t"), "")
        return cls(timestamp, tuple(value.encode() for name, _, value in parts if name == "v1"))

    def is_recent(self, at: datetime) -> bool:
        """Say whether it was signed at most five minutes from a moment, either way."""
        return is_near(self.timestamp, at, TOLERANCE)

    def is_made_with(self, secret: str, body: bytes) -> bool:
        """Say whether this secret made one of the signatures over this body."""
        ours = sign(secret, self.timestamp, body).encode()
        return any(hmac.compare_digest(ours, theirs) for theirs in self.given)


def read(knock: Knock, setup: Setup) -> Told:
    """Verify the signature, then read the event; one of a type without meaning here is told without a kind."""
    if not is_signed(knock.headers.get("stripe-signature", ""), knock.body, setup.secrets, knock.at):
        raise not_signed()
    return tell(knock, setup)


def tell(knock: Knock, setup: Setup) -> Told:
    """Read an event that was verified."""
    event = read_event(knock.body)
    meaning = meaning_of(event)
    if meaning is None:
        return Told(event.id, payload={"type": event.type})
    payload = payload_of(event, meaning)
    return Told(
        delivery=event.id,
        kind=meaning.kind,
        happened_at=datetime.fromtimestamp(event.created, UTC),
        binding=read_binding(payload["metadata"].get(setup.source.settings.get("binding", BINDING))),
        identities=known_by(setup.source, payload, setup.portal.country),
        payload=payload,
    )


def is_signed(header: str, body: bytes, secrets: Sequence[str], at: datetime) -> bool:
    """Say whether one of the secrets made one of the header's `v1` signatures, at most five minutes from now."""
    signature = Signature.read(header)
    return signature.is_recent(at) and any(signature.is_made_with(secret, body) for secret in filter(None, secrets))


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Give the `v1` signature: hex of HMAC-SHA256 over timestamp, dot and raw body."""
    return hmac.digest(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hex()


def read_event(body: bytes) -> Event:
    """Read an event; raises a 400 problem for what is not JSON, 422 for JSON that is no event."""
    try:
        return msgspec.json.decode(body, type=Event)
    except msgspec.ValidationError as error:
        raise Problem(422, "This is not an event of Stripe", detail=str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "The body is not JSON", detail="Send the event as JSON in UTF-8.") from None


def meaning_of(event: Event) -> Meaning | None:
    """Give what an event means; a checkout that is not paid yet, or an invoice for nothing, as trials have, is none."""
    told = event.data.object
    if event.type == "checkout.session.completed" and told.get("payment_status") != "paid":
        return None
    if event.type == "invoice.paid" and not told.get("amount_paid"):
        return None
    return EVENTS.get(event.type)


def payload_of(event: Event, meaning: Meaning) -> dict[str, Any]:
    """Give what rules and triggers may read of a payment."""
    paid = event.data.object
    customer = members(paid.get("customer_details"))
    payload = {
        "event": event.id,
        "type": event.type,
        "payment": text(paid.get("payment_intent") or paid.get("id")),
        "amount": read_amount(paid.get(meaning.amount), paid.get("currency")),
        "email": text(customer.get("email") or paid.get("receipt_email") or paid.get("customer_email")),
        "phone": text(customer.get("phone") or paid.get("customer_phone")),
        "metadata": {name: text(value) for name, value in members(paid.get("metadata")).items()},
    }
    return {name: value for name, value in payload.items() if value is not None}


def read_amount(minor: object, currency: object) -> str | None:
    """Give an amount in minor units as it travels among us, `1200.00 EUR`."""
    if not isinstance(minor, int) or not isinstance(currency, str):
        return None
    code = currency.upper()
    digits = 0 if code in WHOLE else 3 if code in THOUSANDTHS else 2
    return str(Money(Decimal(minor).scaleb(-digits), code))


def read_binding(written: object) -> UUID | None:
    """Give the item that the payment's metadata names, where it is an id of ours."""
    try:
        return UUID(written) if isinstance(written, str) else None
    except ValueError:
        return None


def members(value: object) -> dict[str, Any]:
    """Give an object's members, none for what is no object."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """Give text that a database can hold, None for what is no text."""
    return value.replace("\x00", "") if isinstance(value, str) else None


def answer(_: Knock, __: Setup, ___: Taken) -> Response:
    """Answer 200 to all that is kept: for Stripe anything else means *send it again*."""
    return JSONResponse({"received": True})


SOURCE = SourceKind("stripe", read, answer, refuse_plainly, retell=tell)
