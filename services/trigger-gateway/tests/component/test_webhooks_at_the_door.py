"""Webhooks over HTTP: signed, mapped, once, in batches; secrets that rotate; all as the source's settings say."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from chassis.testing import eventually
from contracts import ids
from contracts.config import ConfigChanged, Source
from contracts.signals import DeliveryRepeated
from standardwebhooks import Webhook

OLD, NEW = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xk", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "hook-token-0123456789abcdef"
ITEM = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e09")
MAPPING = {
    "payload": {"total": "order.total"},
    "identities": {"phone": "customer.phone"},
    "item": "deal",
    "happened_at": "at",
    "kind": {"from": "event", "means": {"paid": "payment.received", "asked": "webhook.received"}},
}
PAID = {"event": "paid", "order": {"total": "900"}, "customer": {"phone": "912 345 678"}, "at": "2026-03-02T09:00:00Z"}
SETTINGS: dict[str, dict[str, Any]] = {
    "standard": {"check": "standard", "mapping": MAPPING},
    "hmac": {
        "check": "hmac",
        "hmac": {"header": "X-Hub-Signature-256", "prefix": "sha256="},
        "delivery": {"header": "X-GitHub-Delivery"},
    },
    "token": {"check": "token"},
    "inside": {"check": "token", "delivery": "order.id", "mapping": {"payload": {"total": "order.total"}}},
    "o\x01dd": {"check": "token", "delivery": "order.id"},
    "events": {"check": "token", "cloudevents": True, "mapping": {"payload": {"n": "data.n"}, "item": "subject"}},
}


def record(door: Any, id_: str, revision: int, secrets: Sequence[str] = (OLD, NEW), **more: Any) -> ConfigChanged:
    named = {str(n): door.sealer.seal(secret, f"source/{id_}/{n}") for n, secret in enumerate(secrets)}
    told = {"id": id_, "kind": "webhook", "token": TOKEN, "secrets": named, "settings": SETTINGS[id_], **more}
    data = Source.model_validate(told).model_dump(mode="json")
    return ConfigChanged(kind="source", id=id_, revision=revision, data=data, changed_at=datetime.now(UTC))


@pytest.fixture
async def hooks(door: Any) -> Any:
    """Give a gateway with a webhook of each way of checking."""
    await door.configure(*(record(door, id_, 900 + n) for n, id_ in enumerate(SETTINGS)))
    return door


async def deliver(
    door: Any, body: Any, *, secret: str = NEW, id_: str = "msg_1", late: float = 0, source: str = "standard"
) -> httpx.Response:
    raw = json.dumps(body)
    at = datetime.now(UTC) - timedelta(seconds=late)
    signature = Webhook(secret).sign(id_, at, raw)
    headers = {"webhook-id": id_, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    answer: httpx.Response = await door.http.post(f"/in/{source}/{TOKEN}", content=raw, headers=headers)
    return answer


async def test_a_signed_webhook_becomes_the_signal_that_its_mapping_says(hooks: Any) -> None:
    answer = await deliver(hooks, PAID | {"deal": str(ITEM)})
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    [signal] = await hooks.signals()
    assert (signal.id, signal.kind, signal.binding) == (ids.signal_id("standard", "msg_1"), "payment.received", ITEM)
    assert signal.happened_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert [(i.kind, i.value) for i in signal.identities] == [("phone", "+351912345678")]
    assert signal.payload == {"total": "900", "webhook": "standard"}


async def test_the_same_id_is_one_signal_and_equal_bodies_under_other_ids_are_two(hooks: Any) -> None:
    for id_ in ("msg_1", "msg_1", "msg_2"):
        assert (await deliver(hooks, PAID, id_=id_)).status_code == 200
    assert {signal.id for signal in await hooks.signals(2)} == {ids.signal_id("standard", f"msg_{n}") for n in (1, 2)}
    assert (await deliver(hooks, PAID | {"event": "asked"}, id_="msg_2")).status_code == 200
    assert [row["delivery"] for row in await hooks.rows("SELECT delivery FROM quarantined")] == ["msg_2"]


async def test_both_secrets_hold_and_the_one_that_was_removed_is_refused_at_once(hooks: Any) -> None:
    for n, secret in enumerate((OLD, NEW)):
        assert (await deliver(hooks, PAID, secret=secret, id_=f"msg_{n}")).status_code == 200
    await hooks.configure(record(hooks, "standard", 950, [NEW]))
    assert (await deliver(hooks, PAID, secret=OLD, id_="msg_3")).status_code == 401
    assert (await deliver(hooks, PAID, secret=NEW, id_="msg_4")).status_code == 200


async def test_another_mapping_makes_no_repeat_of_it_something_else(hooks: Any) -> None:
    await deliver(hooks, PAID)
    await hooks.configure(record(hooks, "standard", 950, settings={"check": "standard"}))
    await deliver(hooks, PAID)
    assert await hooks.rows("SELECT repeats FROM delivery") == [{"repeats": 1}]
    assert await hooks.rows("SELECT id FROM quarantined") == []


async def test_a_plain_hmac_with_its_id_in_a_header(hooks: Any) -> None:
    body = b'{"zen": "Keep it logically awesome."}'
    signature = "sha256=" + hmac.new(NEW.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature, "X-GitHub-Delivery": "d-1"}
    for _ in range(2):
        assert (await hooks.http.post(f"/in/hmac/{TOKEN}", content=body, headers=headers)).status_code == 200
    assert await hooks.rows("SELECT delivery, repeats FROM delivery") == [{"delivery": "d-1", "repeats": 1}]
    del headers["X-GitHub-Delivery"]
    without = await hooks.http.post(f"/in/hmac/{TOKEN}", content=body, headers=headers)
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "header X-GitHub-Delivery")


async def test_of_a_sender_without_ids_an_equal_body_is_a_repeat(hooks: Any) -> None:
    for body in ({"n": 1}, {"n": 1}, {"n": 2}):
        assert (await hooks.http.post(f"/in/token/{TOKEN}", json=body)).status_code == 200
    assert sorted(row["repeats"] for row in await hooks.rows("SELECT repeats FROM delivery")) == [0, 1]


async def test_a_batch_of_events_is_a_signal_for_each_and_one_of_them_that_comes_again_is_a_repeat(hooks: Any) -> None:
    events = [
        {"specversion": "1.0", "id": str(n), "source": "/shop", "type": "t", "subject": str(ITEM), "data": {"n": n}}
        for n in range(3)
    ]
    batch = {"content-type": "application/cloudevents-batch+json"}
    answer = await hooks.http.post(f"/in/events/{TOKEN}", content=json.dumps(events), headers=batch)
    assert answer.status_code == 200
    assert (await hooks.http.post(f"/in/events/{TOKEN}", content="[]", headers=batch)).status_code == 200
    signals = await hooks.signals(3)
    assert {signal.payload["n"] for signal in signals} == {0, 1, 2}
    assert {signal.binding for signal in signals} == {ITEM}
    binary = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop", "ce-type": "t", "ce-subject": str(ITEM)}
    assert (await hooks.http.post(f"/in/events/{TOKEN}", json={"n": 1}, headers=binary)).status_code == 200

    async def repeated() -> list[DeliveryRepeated]:
        found: list[DeliveryRepeated] = await hooks.deployment.data("triggers.signals", DeliveryRepeated)
        return found

    [_] = await hooks.rows("SELECT id FROM delivery WHERE delivery = '/shop 1' AND repeats = 1")
    assert [one.delivery for one in await eventually(repeated)] == ["/shop 1"]


async def test_ids_and_headers_of_senders_and_names_of_sources_may_hold_any_sign(hooks: Any) -> None:
    odd = ["a\x01b", "a\x02", "\x01", "{a,b}", 'quo"te', "back\\slash", "ünï"]
    told = [json.dumps({"order": {"id": id_, "total": "9\x01"}}) for id_ in odd]
    headers = {"x-note": "a\tb, {c}"}
    # At once, so that those of both sources are kept together.
    sent = [
        hooks.http.post(f"/in/{source}/{TOKEN}", content=raw, headers=headers)
        for raw in told
        for source in ("o%01dd", "inside")
    ]
    assert {answer.status_code for answer in await asyncio.gather(*sent)} == {200}
    rows = await hooks.rows("SELECT delivery, source, headers, identities FROM delivery")
    assert {(row["source"], row["delivery"]) for row in rows} == {
        (s, id_) for s in ("o\x01dd", "inside") for id_ in odd
    }
    assert {row["headers"]["x-note"] for row in rows} == {"a\tb, {c}"}
    assert all(row["identities"] == [] for row in rows)
