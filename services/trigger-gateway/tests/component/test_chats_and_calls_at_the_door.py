"""Telegram's updates, Twilio's calls and pressed keys at the door: verified, kept once, answered."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.actions import ProviderCallback, SetSuppression
from contracts.config import ConfigChanged, Source
from twilio.request_validator import RequestValidator

BOT, LINE = "bot-token-0123456789abcdef", "line-token-0123456789abcdef"
TEXTS = "texts-token-0123456789abcdef"
SECRET = "telegrams-secret"
RINGING = {"CallSid": "CA1", "From": "+351912345678", "To": "+351300500200", "CallStatus": "ringing"}


def update(number: int, text: str = "Hello", member: str = "message") -> dict[str, Any]:
    chat = {"id": 5, "type": "private"}
    sender = {"id": 5, "is_bot": False, "first_name": "Ana"}
    told = {"message_id": number, "date": 1_772_442_000, "chat": chat, "from": sender, "text": text}
    return {"update_id": number, member: told}


@pytest.fixture
async def door(door: Any) -> Any:
    """Give a gateway that knows a bot and a line."""
    sealed = {
        id_: {"secret": door.sealer.seal(value, f"source/{id_}/secret")}
        for id_, value in (("bot", SECRET), ("line", door.auth_token))
    }
    sources = [
        Source(id="bot", kind="telegram", token=BOT, secrets=sealed["bot"]),
        Source(id="line", kind="twilio-voice", token=LINE, secrets=sealed["line"], settings={"say": "Olá & bom dia"}),
    ]
    [row] = await door.rows("SELECT max(revision) AS revision FROM config")
    records = [numbered(row["revision"] + n, one) for n, one in enumerate(sources, start=1)]
    await door.configure(*records)
    return door


def numbered(revision: int, source: Source) -> Any:
    data = source.model_dump(mode="json")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return ConfigChanged(kind="source", id=source.id, revision=revision, data=data, changed_at=at)


async def deliver(door: Any, told: Any, secret: str = SECRET) -> httpx.Response:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    answer: httpx.Response = await door.http.post(f"/in/bot/{BOT}", json=told, headers=headers)
    return answer


async def twilio(door: Any, path: str, fields: dict[str, str]) -> httpx.Response:
    signature = RequestValidator(door.auth_token).compute_signature(door.public_url + path, fields)
    answer: httpx.Response = await door.http.post(path, data=fields, headers={"X-Twilio-Signature": signature})
    return answer


async def test_fifty_deliveries_of_one_update_at_once_are_one_signal(door: Any) -> None:
    answers = await asyncio.gather(*(deliver(door, update(1)) for _ in range(50)))
    assert {one.status_code for one in answers} == {200}
    [signal] = await door.signals()
    assert (signal.kind, signal.source, signal.payload["chat"]) == ("chat.message", "bot", "bot:5")
    [row] = await door.rows("SELECT delivery, repeats, headers FROM delivery")
    assert (row["delivery"], row["repeats"]) == ("1", 49)
    assert SECRET not in str(row["headers"])


async def test_an_update_that_means_nothing_is_kept_and_answered_and_a_forged_one_is_not(door: Any) -> None:
    assert (await deliver(door, update(2, member="edited_message"))).status_code == 200
    assert [row["signal"] for row in await door.rows("SELECT signal FROM delivery")] == [None]
    assert (await deliver(door, update(3), "wrong")).status_code == 401
    assert len(await door.rows("SELECT id FROM delivery")) == 1
    assert await door.deployment.seen(topics.SIGNALS) == []


async def test_a_call_is_told_and_twilio_hears_what_to_say(door: Any) -> None:
    answers = [await twilio(door, f"/in/line/{LINE}", RINGING) for _ in range(2)]
    assert {one.text for one in answers} == {
        "<?xml version='1.0' encoding='utf-8'?>\n<Response><Say>Olá &amp; bom dia</Say></Response>"
    }
    assert answers[0].headers["content-type"].startswith("text/xml")
    await twilio(door, f"/in/line/{LINE}", {**RINGING, "CallStatus": "completed"})
    by_kind = {one.kind: one for one in await door.signals(2)}
    incoming, missed = by_kind["call.incoming"], by_kind["call.missed"]
    assert (incoming.kind, missed.kind, missed.payload["line"]) == ("call.incoming", "call.missed", "+351300500200")


async def test_a_pressed_key_is_a_signal_of_its_item_once(door: Any) -> None:
    item, effect = uuid4(), uuid4()
    path = f"/callbacks/twilio/sms/keys?effect={effect}&item={item}"
    answers = [await twilio(door, path, {"CallSid": "CA2", "Digits": "1"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert "<Response />" in answers[0].text
    [signal] = await door.signals()
    assert (signal.kind, signal.binding) == ("call.key_pressed", item)
    assert (signal.payload["key"], UUID(signal.payload["effect"])) == ("1", effect)
    assert (await twilio(door, path, {"CallSid": "CA2"})).status_code == 422
    forged = await door.http.post(path, data={"CallSid": "CA2", "Digits": "2"}, headers={"X-Twilio-Signature": "x"})
    assert forged.status_code == 401


async def test_the_end_of_a_call_of_ours_goes_to_the_worker_of_calls(door: Any) -> None:
    await door.deployment.topics(topics.ACTIONS["call"])
    path = f"/callbacks/twilio/sms?effect={uuid4()}&item={uuid4()}"
    assert (await twilio(door, path, {"CallSid": "CA3", "CallStatus": "no-answer"})).status_code == 204
    [callback] = await eventually(lambda: door.deployment.data(topics.ACTIONS["call"], ProviderCallback))
    assert (callback.state, callback.reason, callback.reference) == ("bounced", "nobody answered", "CA3")


async def test_a_word_by_sms_goes_to_the_workers_and_to_the_contact_once(door: Any) -> None:
    await door.deployment.topics(topics.ACTIONS["sms"])
    secrets = {"secret": door.sealer.seal(door.auth_token, "source/texts/secret")}
    [row] = await door.rows("SELECT max(revision) AS revision FROM config")
    texts = Source(id="texts", kind="twilio-sms", token=TEXTS, secrets=secrets)
    await door.configure(numbered(row["revision"] + 1, texts))
    sms = {"MessageSid": "SM1", "From": "+351912345678", "To": "+351300500200", "Body": " Stop "}
    for _ in range(2):
        answer = await twilio(door, f"/in/texts/{TEXTS}", sms)
        assert (answer.status_code, answer.text.endswith("<Response />")) == (200, True)
    await twilio(door, f"/in/texts/{TEXTS}", {**sms, "MessageSid": "SM2", "Body": "start"})
    words = await eventually(lambda: two_words(door))
    assert [(one.address, one.suppressed, one.kind) for one in words] == [
        ("+351912345678", True, "stop"),
        ("+351912345678", False, "stop"),
    ]
    kinds = [one.kind for one in await door.signals(3)]
    assert sorted(kinds) == ["chat.message", "consent.given", "consent.refused"]


async def two_words(door: Any) -> list[SetSuppression]:
    found: list[SetSuppression] = await door.deployment.data(topics.ACTIONS["sms"], SetSuppression)
    return found if len(found) == 2 else []
