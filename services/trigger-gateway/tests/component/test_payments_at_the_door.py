"""Stripe's events over HTTP: signed, once, and what is refused."""

import asyncio
import json
import time
from typing import Any
from uuid import UUID

import httpx
from chassis.testing import eventually
from contracts import ids, topics
from contracts.config import ConfigChanged
from contracts.signals import DeliveryRepeated, Sets
from stripe import WebhookSignature

INVOICE = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e09")
SIGNAL = ids.signal_id("stripe", "evt_1")


def event(type_: str = "payment_intent.succeeded", amount: int = 120_000) -> bytes:
    paid = {"id": "pi_1", "amount_received": amount, "currency": "eur", "metadata": {"invoice": str(INVOICE)}}
    whole = {"id": "evt_1", "type": type_, "created": 1_772_443_800, "data": {"object": paid}}
    return json.dumps(whole, indent=2).encode()


async def deliver(door: Any, body: bytes, *, secret: str = "whsec_new", late: int = 0) -> httpx.Response:
    signature = WebhookSignature.generate_signature_header(body.decode(), secret, int(time.time()) - late)
    answer: httpx.Response = await door.http.post(door.stripe, content=body, headers={"Stripe-Signature": signature})
    return answer


async def test_a_payment_becomes_a_signal_of_its_invoice_with_what_the_source_sets(door: Any) -> None:
    answer = await deliver(door, event())
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    [signal] = await door.signals()
    assert (signal.id, signal.kind, signal.binding) == (SIGNAL, "payment.succeeded", INVOICE)
    assert signal.sets == Sets(stage="paid")
    assert signal.payload["amount"] == "1200.00 EUR"
    [seen] = await door.deployment.seen(topics.SIGNALS)
    assert seen.key == str(INVOICE)


async def test_three_deliveries_at_once_are_one_signal_and_two_repeats(door: Any) -> None:
    answers = await asyncio.gather(*(deliver(door, event(), late=late) for late in range(3)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b'{"received":true}')}

    async def repeats() -> list[DeliveryRepeated] | None:
        found: list[DeliveryRepeated] = await door.deployment.data(topics.SIGNALS, DeliveryRepeated)
        return found if len(found) == 2 else None

    assert {repeat.first for repeat in await eventually(repeats)} == {SIGNAL}
    assert len(await door.signals()) == 1
    [row] = await door.rows("SELECT signal, repeats, body FROM delivery")
    assert row == {"signal": SIGNAL, "repeats": 2, "body": event()}


async def test_the_same_id_with_another_content_is_set_aside_and_does_nothing(door: Any) -> None:
    await deliver(door, event())
    answers = [await deliver(door, event(amount=1)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    [row] = await door.rows("SELECT source, delivery, body FROM quarantined")
    assert row == {"source": "stripe", "delivery": "evt_1", "body": event(amount=1)}
    assert len(await door.signals()) == 1
    assert await door.deployment.data(topics.SIGNALS, DeliveryRepeated) == []


async def test_the_same_event_in_other_bytes_is_a_repeat(door: Any) -> None:
    await deliver(door, event())
    await deliver(door, json.dumps({**json.loads(event()), "pending_webhooks": 0}).encode())
    assert [row["repeats"] for row in await door.rows("SELECT repeats FROM delivery")] == [1]
    assert await door.rows("SELECT id FROM quarantined") == []


async def test_both_secrets_are_good_while_they_are_changed_and_the_old_one_not_after(door: Any) -> None:
    for secret in door.stripe_secrets:
        assert (await deliver(door, event(), secret=secret)).status_code == 200
    view = await current(door)
    kept = {"b": view["secrets"]["b"]}
    await door.configure(ConfigChanged.model_validate({**CHANGE, "data": view | {"secrets": kept}}))
    old, new = door.stripe_secrets
    assert (await deliver(door, event(), secret=new)).status_code == 200
    assert (await deliver(door, event(), secret=old)).status_code == 401


CHANGE = {"kind": "source", "id": "stripe", "revision": 99, "changed_at": "2026-03-02T09:30:00Z"}


async def current(door: Any) -> dict[str, Any]:
    [row] = await door.rows("SELECT data FROM config WHERE kind = 'source' AND id = 'stripe'")
    found: dict[str, Any] = row["data"]
    return found


async def test_whatever_is_wrong_with_a_signature_the_answer_is_the_same_401(door: Any) -> None:
    good = WebhookSignature.generate_signature_header(event().decode(), "whsec_new")
    wrong = [
        await deliver(door, event(), secret="whsec_forged"),
        await deliver(door, event(), late=301),
        await deliver(door, event(), late=-400),
        await door.http.post(door.stripe, content=event()),
        await door.http.post(door.stripe, content=event(), headers={"Stripe-Signature": "t=1,v1=x"}),
        await door.http.post(door.stripe, content=event() + b"\n", headers={"Stripe-Signature": good}),
        await door.http.post(door.stripe, content=b"\xff{", headers={"Stripe-Signature": good}),
    ]
    assert {answer.status_code for answer in wrong} == {401}
    assert len({answer.content for answer in wrong}) == 1
    assert await door.kept_nothing()


async def test_a_signed_body_that_is_no_event_is_refused_with_the_reason(door: Any) -> None:
    for body, status in ((b"paid!", 400), (b'{"id": "evt_1"}', 422), (b"[]", 422), (b" " * 1_048_577, 413)):
        answer = await deliver(door, body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert await door.kept_nothing()


async def test_an_event_without_meaning_here_is_kept_and_wakes_nothing(door: Any) -> None:
    for _ in range(2):
        assert (await deliver(door, event("customer.created"))).status_code == 200
    assert await door.rows("SELECT signal, repeats FROM delivery") == [{"signal": None, "repeats": 1}]
    assert await door.deployment.seen(topics.SIGNALS) == []
