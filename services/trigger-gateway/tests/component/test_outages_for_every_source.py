"""Every kind of source while the database or the broker is away: nothing is answered that was not kept, nothing lost.

How long the broker is away in seconds can be set: SIGNALBOX_BROKER_AWAY=300.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from chassis.standard_webhooks import new_secret, signed
from chassis.testing import eventually
from chassis.testing.line import Line
from contracts import topics
from contracts.config import ConfigChanged, Source
from contracts.ids import signal_id
from contracts.signals import Signal
from simulators.app import manifest
from stack.running import Running
from stripe import WebhookSignature
from trigger_gateway.main import VERSIONS
from trigger_gateway.sources import SOURCES
from trigger_gateway.sources.mailgun import Signature
from twilio.request_validator import RequestValidator

BROKER_AWAY = float(os.environ.get("SIGNALBOX_BROKER_AWAY", "20"))
TOKEN = "token-of-outages-0123456789abcdef"
SECRET = new_secret()
PUBLIC_URL = "https://shop.example"
# What is read from a mailbox never comes to the door.
KINDS = sorted(SOURCES.keys() - {"mailbox"})
SETTINGS: Mapping[str, dict[str, Any]] = {
    "webhook": {"check": "standard"},
    "app": {"app": "acme"},
    "twilio-voice": {"say": "Olá"},
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Sent:
    """One request of a sender."""

    body: bytes
    headers: Mapping[str, str]


def of_form(n: int) -> Sent:
    told = {"name": "Ana", "phone": "912 345 678", "submission": f"s-{n}"}
    return Sent(urlencode(told).encode(), FORM)


def of_stripe(n: int) -> Sent:
    paid = {"id": "pi_1", "amount_received": 100, "currency": "eur", "metadata": {}}
    body = json.dumps(
        {"id": f"evt_{n}", "type": "payment_intent.succeeded", "created": 1_772_443_800, "data": {"object": paid}}
    )
    return Sent(
        body.encode(),
        {"Stripe-Signature": WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))},
    )


def of_telegram(n: int) -> Sent:
    sender = {"id": 5, "is_bot": False, "first_name": "Ana"}
    told = {"message_id": n, "date": 1_772_442_000, "chat": {"id": 5, "type": "private"}, "from": sender, "text": "Hi"}
    body = json.dumps({"update_id": n, "message": told}).encode()
    return Sent(body, {"X-Telegram-Bot-Api-Secret-Token": SECRET})


def of_twilio(kind: str, fields: dict[str, str]) -> Sent:
    signature = RequestValidator(SECRET).compute_signature(f"{PUBLIC_URL}/in/{kind}/{TOKEN}", fields)
    return Sent(urlencode(fields).encode(), {**FORM, "X-Twilio-Signature": signature})


def of_call(n: int) -> Sent:
    told = {"CallSid": f"CA{n}", "From": "+351912345678", "To": "+351300500200", "CallStatus": "ringing"}
    return of_twilio("twilio-voice", told)


def of_sms(n: int) -> Sent:
    told = {"MessageSid": f"SM{n}", "From": "+351912345678", "To": "+351300500200", "Body": "Hello"}
    return of_twilio("twilio-sms", told)


def of_webhook(n: int) -> Sent:
    body = json.dumps({"n": n}).encode()
    return Sent(body, signed([SECRET], f"msg_{n}", datetime.now(UTC), body))


def of_app(n: int) -> Sent:
    body = json.dumps({"id": f"e-{n}", "event": "scored", "payload": {"client": "Ana", "score": 87}}).encode()
    return Sent(body, signed([SECRET], f"e-{n}", datetime.now(UTC), body))


def of_mailgun(n: int) -> Sent:
    at, token = str(int(time.time())), f"t{n}"
    letter = {"recipient": "shop@example.com", "sender": "rita@example.com", "from": "rita@example.com"}
    told = {
        "subject": "Hi",
        "body-plain": "Hello",
        "message-headers": json.dumps([["Message-Id", f"<m{n}@x.example>"]]),
    }
    by = {"timestamp": at, "token": token, "signature": Signature(at, token, "").made(SECRET).decode()}
    return Sent(urlencode(letter | told | by).encode(), FORM)


SENDERS: Mapping[str, Callable[[int], Sent]] = {
    "form": of_form,
    "stripe": of_stripe,
    "telegram": of_telegram,
    "twilio-voice": of_call,
    "twilio-sms": of_sms,
    "webhook": of_webhook,
    "app": of_app,
    "mailgun": of_mailgun,
}


def records(door: Any) -> list[ConfigChanged]:
    told: list[tuple[str, str, Any]] = [("app", "acme", manifest("https://acme.example/"))]
    for kind in KINDS:
        secrets = {"secret": door.sealer.seal(SECRET, f"source/{kind}/secret")}
        source = Source(id=kind, kind=kind, token=TOKEN, secrets=secrets, settings=SETTINGS.get(kind, {}))
        told.append(("source", kind, source.model_dump(mode="json")))
    at = datetime.now(UTC)
    return [
        ConfigChanged(kind=kind, id=id_, revision=500 + n, data=data, changed_at=at)
        for n, (kind, id_, data) in enumerate(told)
    ]


async def send(door: Any, kind: str, n: int) -> httpx.Response:
    sent = SENDERS[kind](n)
    answer: httpx.Response = await door.http.post(f"/in/{kind}/{TOKEN}", content=sent.body, headers=dict(sent.headers))
    return answer


async def kept(door: Any) -> dict[str, int]:
    rows = await door.rows("SELECT source, count(*) AS count FROM delivery GROUP BY source")
    return {row["source"]: row["count"] for row in rows}


async def is_ready(door: Any) -> bool:
    return bool((await door.http.get("/readyz")).is_success)


def test_every_kind_of_source_has_a_sender_here() -> None:
    assert set(KINDS) == set(SENDERS)


@pytest.mark.req("I23")
async def test_without_its_database_the_door_answers_no_kind_with_a_200_that_was_not_kept(
    started: Any, deployment: Any, line: Line
) -> None:
    door = await started("serve", database_url=line.through(await deployment.database(VERSIONS)))
    await door.configure(*records(door))
    healthy = {kind: await send(door, kind, 1) for kind in KINDS}
    assert {kind: answer.status_code for kind, answer in healthy.items() if answer.status_code >= 300} == {}
    assert await kept(door) == dict.fromkeys(KINDS, 1)
    # It breaks with all done but the commit: nobody here knows whether that arrived.
    line.breaks_at = b"COMMIT"
    for n in (2, 3):
        away = await asyncio.gather(*(send(door, kind, n) for kind in KINDS))
        for kind, answer in zip(KINDS, away, strict=True):
            assert (kind, answer.status_code, answer.headers.get("retry-after")) == (kind, 503, "1")
    line.mend()
    await eventually(lambda: is_ready(door))
    for n in (2, 3):
        await take(door, n)
    assert await kept(door) == dict.fromkeys(KINDS, 3)
    assert await door.rows("SELECT id FROM quarantined") == []


@pytest.mark.req("I23")
@pytest.mark.timeout(BROKER_AWAY * 2 + 600)
async def test_while_the_broker_is_away_the_door_keeps_taking_and_nothing_is_lost(door: Any, servers: Running) -> None:
    await door.configure(*records(door))
    taken = [await take(door, 0)]
    back = asyncio.create_task(asyncio.to_thread(servers.restart_kafka, immediate=True, away=BROKER_AWAY))
    while not back.done():
        taken.append(await take(door, len(taken)))
        await asyncio.sleep(0.2)
    await back
    taken.append(await take(door, len(taken)))
    # The broker was away for all but the first and the last.
    assert len(taken) > 5
    assert await kept(door) == dict.fromkeys(KINDS, len(taken))
    signals = {row["signal"] for row in await door.rows("SELECT signal FROM delivery")}

    async def told() -> bool:
        # Where the broker went away in the middle, some may have been sent once more.
        return {one.id for one in await door.deployment.data(topics.SIGNALS, Signal)} == signals

    await eventually(told)
    assert signals >= {signal_id("webhook", f"msg_{n}") for n in range(len(taken))}


async def test_firsts_and_repeats_that_come_at_once_are_told_apart(door: Any) -> None:
    await door.configure(*records(door))
    await take(door, 0)
    answers = await asyncio.gather(*(send(door, "webhook", n % 10) for n in range(30)))
    assert {answer.status_code for answer in answers} == {200}
    rows = await door.rows("SELECT repeats FROM delivery WHERE source = 'webhook' ORDER BY repeats")
    assert [row["repeats"] for row in rows] == [2] * 9 + [3]
    told = [one.id for one in await door.signals(len(KINDS) + 9) if one.source == "webhook"]
    assert sorted(told) == sorted(signal_id("webhook", f"msg_{n}") for n in range(10))


async def take(door: Any, n: int) -> int:
    """Send one delivery of every kind, each of which must be taken."""
    answers = await asyncio.gather(*(send(door, kind, n) for kind in KINDS))
    assert {kind: one.status_code for kind, one in zip(KINDS, answers, strict=True) if one.status_code >= 300} == {}
    return n
