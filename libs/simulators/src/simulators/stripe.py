"""Stripe's end: payments that succeed when told to, and the signed events that tell of them."""

import hashlib
import hmac
import json
import logging
import secrets
import time
from typing import Any, Literal

import httpx
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.settings import Settings

API_VERSION = "2025-09-30.clover"
EventType = Literal["payment_intent.succeeded", "checkout.session.completed"]

logger = logging.getLogger(__name__)


class Delivery(BaseModel):
    """Where an event goes, whose secret signs it, and how often: same id and same bytes each time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deliver_to: str
    secret: str
    times: int = Field(default=1, ge=0)
    fresh_timestamps: bool = True


class Order(Delivery):
    """A payment to make and the delivery of its event; `amount` is in the currency's minor units."""

    metadata: dict[str, str]
    amount: int = Field(gt=0)
    currency: str = Field(pattern="^[a-z]{3}$")
    event_type: EventType = "payment_intent.succeeded"


class Redelivery(Delivery):
    """One more delivery of an event that was made before."""

    event_id: str


class Payment(Accepted):
    """A payment that succeeded and the exact bytes of its event."""

    provider: Literal["stripe"] = "stripe"
    payment_id: str
    event_id: str
    amount: int
    currency: str
    metadata: dict[str, str]
    event: bytes


class Outcome(BaseModel):
    """What the receiver answered, delivery by delivery; None where it did not."""

    payment_id: str
    event_id: str
    statuses: list[int | None]


class Stripe:
    """Keeps payments, shows them, and delivers their events."""

    def __init__(self, settings: Settings, faults: Faults, journal: Journal, client: httpx.AsyncClient) -> None:
        self.accepted = Records("stripe", Payment, journal)
        self._faults = faults
        self._client = client
        self._authorization = f"Bearer {settings.stripe_api_key.get_secret_value()}"

    def router(self) -> APIRouter:
        """Give the paths of the API."""
        router = APIRouter()
        router.add_api_route("/v1/payment_intents/{payment_id}", self.retrieve, methods=["GET"])
        return router

    async def retrieve(self, request: Request, payment_id: str) -> Response:
        """Show one payment."""
        if request.headers.get("authorization") != self._authorization:
            return _error(401, "Invalid API Key provided")
        return await answer(self._faults.take("stripe", payment_id), lambda: self._show(payment_id), _refuse)

    async def pay(self, order: Order) -> Outcome:
        """Make a payment succeed and deliver its event."""
        now = int(time.time())
        intent = _intent("pi_" + secrets.token_hex(12), order, now)
        event_id = "evt_" + secrets.token_hex(12)
        payment = Payment(
            payment_id=intent["id"],
            event_id=event_id,
            amount=order.amount,
            currency=order.currency,
            metadata=order.metadata,
            event=json.dumps(_event(event_id, order, intent, now), indent=2, ensure_ascii=False).encode(),
        )
        self.accepted.add(payment)
        return await self._deliver(payment, order)

    async def redeliver(self, order: Redelivery) -> Outcome:
        """Deliver an event again; raise LookupError where it was never made."""
        for payment in self.accepted:
            if payment.event_id == order.event_id:
                return await self._deliver(payment, order)
        raise LookupError(f"No event {order.event_id}")

    async def _deliver(self, payment: Payment, delivery: Delivery) -> Outcome:
        first, statuses = int(time.time()), []
        for _ in range(delivery.times):
            timestamp = int(time.time()) if delivery.fresh_timestamps else first
            statuses.append(await self._post(payment, delivery, timestamp))
        return Outcome(payment_id=payment.payment_id, event_id=payment.event_id, statuses=statuses)

    async def _post(self, payment: Payment, delivery: Delivery, timestamp: int) -> int | None:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={timestamp},v1={sign(payment.event, timestamp, delivery.secret)}",
        }
        try:
            return (await self._client.post(delivery.deliver_to, content=payment.event, headers=headers)).status_code
        except httpx.TransportError as error:
            logger.warning("event %s: %r", payment.event_id, error)
            return None

    def _show(self, payment_id: str) -> Response:
        for payment in self.accepted:
            if payment.payment_id == payment_id:
                return JSONResponse(_intent(payment_id, payment, int(payment.received_at.timestamp())))
        return _error(404, f"No such payment_intent: '{payment_id}'", code="resource_missing")


def sign(body: bytes, timestamp: int, secret: str) -> str:
    """Sign as scheme v1: hex of HMAC-SHA256 over timestamp, dot, raw body."""
    return hmac.digest(secret.encode(), b"%d.%s" % (timestamp, body), hashlib.sha256).hex()


def _event(event_id: str, order: Order, intent: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": {"object": intent if order.event_type == "payment_intent.succeeded" else _session(order, intent)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": order.event_type,
    }


def _intent(payment_id: str, paid: Order | Payment, now: int) -> dict[str, Any]:
    return {
        "id": payment_id,
        "object": "payment_intent",
        "amount": paid.amount,
        "amount_received": paid.amount,
        "created": now,
        "currency": paid.currency,
        "livemode": False,
        "metadata": paid.metadata,
        "status": "succeeded",
    }


def _session(order: Order, intent: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "cs_test_" + secrets.token_hex(29),
        "object": "checkout.session",
        "amount_subtotal": order.amount,
        "amount_total": order.amount,
        "created": intent["created"],
        "currency": order.currency,
        "livemode": False,
        "metadata": order.metadata,
        "mode": "payment",
        "payment_intent": intent["id"],
        "payment_status": "paid",
        "status": "complete",
    }


def _error(status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None) -> Response:
    error = {"message": message, "type": "invalid_request_error" if status < 500 else "api_error"}  # noqa: PLR2004 - HTTP classes
    return JSONResponse({"error": error | ({"code": code} if code else {})}, status, headers)


def _refuse(fault: Fault) -> Response:
    return _error(fault.code or 503, fault.body or "Simulated refusal", headers=retry_after(fault))
