"""What Stripe's events come to mean."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from chassis.problems import Problem
from contracts.config import Portal, Source
from contracts.signals import Identity
from stripe import WebhookSignature
from trigger_gateway.knocks import Knock
from trigger_gateway.sources import stripe
from trigger_gateway.sources.source_kind import Setup, Taken, Told

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
INVOICE = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e09")
SOURCE = Source(id="stripe", kind="stripe", token="t", identities={"email": "email", "phone": "phone"})
SETUP = Setup(SOURCE, ("whsec_1",), Portal(country="PT"))
DEEP = b'{"id": "evt_1", "x":' + b"[" * 100_000
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 120_000,
    "amount_received": 120_000,
    "currency": "eur",
    "metadata": {"invoice": str(INVOICE), "note": "oak\x00"},
}


def event(object_: dict[str, Any], type_: str = "payment_intent.succeeded", **more: Any) -> dict[str, Any]:
    whole = {"id": "evt_1", "object": "event", "type": type_, "created": 1_772_443_800, "data": {"object": object_}}
    return whole | more


def signed(body: bytes) -> Knock:
    made = WebhookSignature.generate_signature_header(body.decode("latin-1"), "whsec_1", int(AT.timestamp()))
    if not body.isascii():
        made = f"t={int(AT.timestamp())},v1={stripe.sign('whsec_1', str(int(AT.timestamp())), body)}"
    return Knock(body, {"stripe-signature": made}, AT)


def read(whole: dict[str, Any], setup: Setup = SETUP) -> Told:
    return stripe.read(signed(json.dumps(whole).encode()), setup)


def test_a_payment_is_bound_to_the_invoice_in_its_metadata() -> None:
    told = read(event(INTENT))
    assert told.delivery == "evt_1"
    assert told.kind == "payment.succeeded"
    assert told.binding == INVOICE
    assert told.happened_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert told.payload["amount"] == "1200.00 EUR"
    assert told.payload["payment"] == "pi_1"
    assert told.payload["metadata"]["note"] == "oak"


def test_the_source_may_name_another_member_of_the_metadata() -> None:
    source = SOURCE.model_copy(update={"settings": {"binding": "order"}})
    told = read(event(INTENT | {"metadata": {"order": str(INVOICE)}}), Setup(source, ("whsec_1",), Portal()))
    assert told.binding == INVOICE


@pytest.mark.parametrize("metadata", [{}, None, {"invoice": "INV-12"}, {"invoice": 12}, []])
def test_a_payment_that_names_no_item_is_told_unbound(metadata: Any) -> None:
    assert read(event(INTENT | {"metadata": metadata})).binding is None


def test_a_checkout_tells_who_paid() -> None:
    session = {
        "id": "cs_1",
        "payment_intent": "pi_1",
        "payment_status": "paid",
        "amount_total": 5_000,
        "currency": "eur",
        "customer_details": {"email": "Ana@Example.com", "phone": "+351912345678"},
    }
    told = read(event(session, "checkout.session.completed"))
    assert told.payload["payment"] == "pi_1"
    assert told.identities == (
        Identity(kind="email", value="ana@example.com"),
        Identity(kind="phone", value="+351912345678"),
    )


def test_an_unreadable_phone_in_a_payment_is_left_out_and_refuses_nothing() -> None:
    session = {"id": "cs_1", "payment_status": "paid", "customer_details": {"phone": "12"}}
    assert read(event(session, "checkout.session.completed")).identities == ()


def test_a_checkout_that_is_not_paid_yet_means_nothing() -> None:
    assert read(event({"id": "cs_1", "payment_status": "unpaid"}, "checkout.session.completed")).kind == ""


def test_a_type_without_meaning_is_told_without_a_kind() -> None:
    told = read(event({"id": "cus_1"}, "customer.created"))
    assert (told.delivery, told.kind, told.payload) == ("evt_1", "", {"type": "customer.created"})


def test_a_paid_invoice_is_a_payment_and_one_for_nothing_is_none() -> None:
    invoice = {
        "id": "in_1",
        "amount_paid": 2_900,
        "currency": "eur",
        "customer_email": "Ana@Example.com",
        "metadata": {"invoice": str(INVOICE)},
    }
    told = read(event(invoice, "invoice.paid"))
    assert (told.kind, told.binding, told.payload["amount"]) == ("payment.succeeded", INVOICE, "29.00 EUR")
    assert (told.payload["payment"], told.payload["email"]) == ("in_1", "Ana@Example.com")
    assert read(event(invoice | {"amount_paid": 0}, "invoice.paid")).kind == ""


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (120_000, "eur", "1200.00 EUR"),
        (5, "eur", "0.05 EUR"),
        (500, "jpy", "500 JPY"),
        (1_500, "kwd", "1.500 KWD"),
        (500, "isk", "5.00 ISK"),
        (0, "usd", "0.00 USD"),
    ],
)
def test_amounts_are_exact_in_every_currency(minor: int, currency: str, written: str) -> None:
    assert stripe.read_amount(minor, currency) == written


@pytest.mark.parametrize(("minor", "currency"), [(None, "eur"), ("12", "eur"), (1.5, "eur"), (12, None)])
def test_what_is_no_amount_is_left_out(minor: object, currency: object) -> None:
    assert stripe.read_amount(minor, currency) is None


@pytest.mark.parametrize("body", [b"", b"paid", b"{", b'{"id": "evt_1", }', b'{"id": "\xff"}', DEEP])
def test_a_signed_body_that_is_not_json_is_a_400(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        stripe.read(signed(body), SETUP)
    assert (refused.value.status, refused.value.title) == (400, "The body is not JSON")


@pytest.mark.parametrize(
    ("whole", "place"),
    [
        ({}, "id"),
        (event(INTENT, id="ev"), "$.id"),
        (event(INTENT, created=-1), "$.created"),
        (event(INTENT, created="now"), "$.created"),
        (event(INTENT, data={}), "object"),
        (event(INTENT, data={"object": []}), "$.data.object"),
    ],
)
def test_signed_json_that_is_no_event_is_a_422_that_names_the_place(whole: dict[str, Any], place: str) -> None:
    with pytest.raises(Problem) as refused:
        read(whole)
    assert refused.value.status == 422
    assert place in refused.value.detail


def test_a_body_that_is_not_signed_is_not_read_at_all() -> None:
    with pytest.raises(Problem) as refused:
        stripe.read(Knock(b"{", {}, AT), SETUP)
    assert refused.value.status == 401


def test_stripe_hears_200_of_all_that_is_kept() -> None:
    came = Knock(b"", {"accept": "text/html"}, AT)
    answers = {stripe.answer(came, SETUP, Taken(o, None)).body for o in ("first", "repeated", "quarantined")}
    assert answers == {b'{"received":true}'}
