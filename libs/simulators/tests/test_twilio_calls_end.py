"""Twilio's end for calls, asked by Twilio's own client; its requests are checked by Twilio's own validator."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import simulators
from simulators.receiver import Receiver
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import Gather, VoiceResponse

TO, SENDER = "+351912345678", "+15005550006"


def spoken(receiver: Receiver) -> str:
    response, gather = VoiceResponse(), Gather(num_digits=1, action=f"{receiver.base}/keys")
    gather.say("Press 1", language="en-GB")
    response.append(gather)
    return str(response)


async def call(sdk: Client, **fields: Any) -> Any:
    known = {"to": TO, "from_": SENDER, "twiml": "<Response><Say>Hello</Say></Response>"}
    return await asyncio.to_thread(sdk.calls.create, **(known | fields))


def told(receiver: Receiver) -> list[dict[str, str]]:
    return [dict(parse_qsl(one.body.decode())) for one in receiver.got]


async def test_the_vendors_client_reads_a_call_that_was_accepted(sim: simulators.Simulation, sdk: Client) -> None:
    made = await call(sdk)
    assert (made.status, made.to, made.sid[:2], len(made.sid)) == ("queued", TO, "CA", 34)
    [accepted] = sim.calls.accepted
    assert (accepted.sid, accepted.twiml) == (made.sid, "<Response><Say>Hello</Say></Response>")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12ab"}, 21211),
        ({"to": ""}, 21201),
        ({"from_": "shop"}, 21212),
        ({"twiml": ""}, 21205),
        ({"twiml": "<Response>" + "x" * 4000 + "</Response>"}, 21218),
        ({"twiml": "<Response><Say>R&B</Say></Response>"}, 12100),
    ],
)
async def test_a_wrong_call_is_refused_with_a_number(sdk: Client, fields: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await call(sdk, **fields)
    assert refused.value.code == code


async def test_keys_and_statuses_come_signed_and_in_order(
    sim: simulators.Simulation, sdk: Client, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await call(sdk, twiml=spoken(receiver), status_callback=f"{receiver.base}/status?effect=1")
    answers = await client.post("/_control/twilio/end-calls", json={"to": TO, "keys": "1", "status": "completed"})
    assert answers.json() == [200] * 5
    keys, *reports = told(receiver)
    assert (keys["Digits"], keys["CallStatus"]) == ("1", "in-progress")
    assert [one["CallStatus"] for one in reports] == ["initiated", "ringing", "in-progress", "completed"]
    assert [one["SequenceNumber"] for one in reports] == ["0", "1", "2", "3"]
    validator = RequestValidator(sim.settings.twilio_auth_token.get_secret_value())
    came = receiver.got[0]
    assert validator.validate(f"{receiver.base}/keys", keys, came.headers["x-twilio-signature"])


async def test_statuses_may_come_out_of_order(sdk: Client, client: httpx.AsyncClient, receiver: Receiver) -> None:
    await call(sdk, status_callback=receiver.base)
    await client.post("/_control/twilio/end-calls", json={"to": TO, "status": "busy", "in_order": False})
    assert [one["CallStatus"] for one in told(receiver)] == ["busy", "in-progress", "ringing", "initiated"]


async def test_a_client_rings_and_the_answer_is_asked_for_each_time(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    ringing = {"url": receiver.base, "caller": TO, "line": SENDER, "outbound": True, "ends": "completed"}
    await client.post("/_control/twilio/ring", json=ringing)
    [ended] = told(receiver)
    assert (ended["Direction"], ended["To"], ended["CallStatus"]) == ("outbound-dial", TO, "completed")
