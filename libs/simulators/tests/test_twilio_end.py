import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import simulators
from simulators.receiver import Receiver
from simulators.segments import count_segments
from simulators.settings import Settings
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

TO, SENDER = "+79161234567", "+15005550006"


async def send(sdk: Client, **fields: Any) -> Any:
    return await asyncio.to_thread(sdk.messages.create, **({"to": TO, "from_": SENDER, "body": "Hello"} | fields))


async def test_the_vendors_client_reads_an_accepted_message(sim: simulators.Simulation, sdk: Client) -> None:
    message = await send(sdk, body="Здравствуйте, Анна!", status_callback="https://us.example/status?effect=e1")
    assert (message.status, message.num_segments, message.error_code) == ("queued", "1", None)
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    accepted = sim.twilio.accepted[0]
    assert (accepted.sid, accepted.to, accepted.sender) == (message.sid, TO, SENDER)
    assert accepted.body == "Здравствуйте, Анна!"
    assert accepted.status_callback == "https://us.example/status?effect=e1"


async def test_a_messaging_service_stands_for_a_sender(sim: simulators.Simulation, sdk: Client) -> None:
    message = await send(sdk, from_=None, messaging_service_sid="MG1")
    assert (message.from_, message.messaging_service_sid) == (None, "MG1")
    assert sim.twilio.accepted[0].messaging_service_sid == "MG1"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12ab"}, 21211),
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": ""}, 21603),
        ({"status_callback": "ftp://us.example"}, 21609),
    ],
)
async def test_a_wrong_message_is_refused_with_twilios_number(
    sim: simulators.Simulation, sdk: Client, fields: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        await send(sdk, **fields)
    assert (refusal.value.code, refusal.value.status) == (code, 400)
    assert not sim.twilio.accepted


async def test_a_number_that_answered_stop_is_refused(client: httpx.AsyncClient, sdk: Client) -> None:
    await client.put("/_control/twilio/opted-out", json=[TO])
    with pytest.raises(TwilioRestException) as refusal:
        await send(sdk)
    assert refusal.value.code == 21610
    assert (await send(sdk, to="+79160000000")).status == "queued"


async def test_a_wrong_token_is_refused(sim: simulators.Simulation, client: httpx.AsyncClient, messages: str) -> None:
    answer = await client.post(messages, data={"To": TO}, auth=(sim.settings.twilio_account_sid, "wrong"))
    assert answer.status_code == 401
    assert answer.json() == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }
    assert (await client.get(messages)).status_code == 401


async def test_messages_are_found_by_recipient_and_time(sdk: Client) -> None:
    for to in (TO, "+79160000000", TO):
        await send(sdk, to=to)
    now = datetime.now(UTC)
    found = await asyncio.to_thread(sdk.messages.list, to=TO, date_sent_after=now - timedelta(minutes=1))
    assert [each.to for each in found] == [TO, TO]
    assert [each.status for each in found] == ["sent", "sent"]
    assert not await asyncio.to_thread(sdk.messages.list, to=TO, date_sent_after=now + timedelta(minutes=1))
    assert len(await asyncio.to_thread(sdk.messages.list, date_sent_before=now + timedelta(minutes=1))) == 3


async def test_the_list_goes_on_over_pages(sdk: Client) -> None:
    sent = [(await send(sdk, body=str(number))).body for number in range(5)]
    found = await asyncio.to_thread(sdk.messages.list, page_size=2)
    assert [each.body for each in found] == sent[::-1]


async def test_one_message_is_shown_by_its_sid(sdk: Client) -> None:
    message = await send(sdk)
    assert (await asyncio.to_thread(sdk.messages(message.sid).fetch)).body == "Hello"
    with pytest.raises(TwilioRestException) as refusal:
        await asyncio.to_thread(sdk.messages("SM0").fetch)
    assert refusal.value.code == 20404


async def test_a_status_callback_carries_a_signature_that_the_vendor_accepts(
    client: httpx.AsyncClient, sdk: Client, receiver: Receiver, twilio_auth: tuple[str, str]
) -> None:
    url = f"{receiver.base}/twilio/status?effect=018f-7%2Fa&tenant=shop"
    message = await send(sdk, status_callback=url)
    reports = (await client.post("/_control/twilio/callbacks", json={"to": TO, "times": 2})).json()
    assert reports == [{"sid": message.sid, "status_callback": url, "answer": 200}] * 2
    got = receiver.got[0]
    form = dict(parse_qsl(got.body.decode(), keep_blank_values=True))
    assert got.url == url
    assert (form["MessageSid"], form["MessageStatus"], form["To"]) == (message.sid, "delivered", TO)
    validator = RequestValidator(twilio_auth[1])
    assert validator.validate(got.url, form, got.headers["x-twilio-signature"])
    assert not validator.validate(got.url + "1", form, got.headers["x-twilio-signature"])
    assert (await asyncio.to_thread(sdk.messages(message.sid).fetch)).status == "delivered"


async def test_a_failed_message_says_why_in_its_callback(
    client: httpx.AsyncClient, sdk: Client, receiver: Receiver
) -> None:
    message = await send(sdk, from_="", messaging_service_sid="MG1", status_callback=receiver.base)
    wanted = {"sid": message.sid, "status": "undelivered", "error_code": 30003}
    await client.post("/_control/twilio/callbacks", json=wanted)
    form = dict(parse_qsl(receiver.got[0].body.decode()))
    assert (form["MessageStatus"], form["ErrorCode"], form["MessagingServiceSid"]) == ("undelivered", "30003", "MG1")


async def test_a_callback_that_nobody_takes_is_told(client: httpx.AsyncClient, sdk: Client) -> None:
    await send(sdk, status_callback="http://127.0.0.1:9/status")
    await send(sdk)
    reports = (await client.post("/_control/twilio/callbacks", json={})).json()
    assert [each["answer"] for each in reports] == [None, None]


async def test_callbacks_go_out_by_themselves_where_the_settings_say_so(receiver: Receiver) -> None:
    settings = Settings(http_port=0, smtp_port=0, twilio_callback_after=0.01)
    async with simulators.running(settings) as sim:
        auth = (settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())
        form = {"To": TO, "From": SENDER, "Body": "Hello", "StatusCallback": f"{receiver.base}/?effect=e1"}
        async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
            await client.post(f"{sim.http}/2010-04-01/Accounts/{auth[0]}/Messages.json", data=form)
        await asyncio.wait_for(receiver.arrived.wait(), 60)
    assert receiver.got[0].url.endswith("/?effect=e1")


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("ç" * 71, 2),
    ],
)
def test_segments_are_counted_by_alphabet(text: str, segments: int) -> None:
    assert count_segments(text) == segments


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"DateSent": "{today}"}, 1),
        ({"DateSent": "2020-01-31"}, 0),
        ({"DateSent>": "{today}"}, 1),
        ({"DateSent<": "2020-01-31"}, 0),
        ({"From": SENDER}, 1),
        ({"From": "+10000000000"}, 0),
    ],
)
async def test_the_list_filters_by_day_and_sender(
    sdk: Client,
    client: httpx.AsyncClient,
    messages: str,
    query: dict[str, str],
    found: int,
) -> None:
    message = await send(sdk)
    params = {name: value.format(today=message.date_created.date()) for name, value in query.items()}
    listed = (await client.get(messages, params=params, auth=(sdk.username, sdk.password))).json()
    assert (len(listed["messages"]), listed["next_page_uri"]) == (found, None)


async def test_a_client_s_sms_is_signed_as_the_vendor_checks_it_and_stop_is_heard(
    client: httpx.AsyncClient, sdk: Client, receiver: Receiver, twilio_auth: tuple[str, str]
) -> None:
    url = f"{receiver.base}/in/texts/token"
    sms = {"url": url, "sender": TO, "to": SENDER}
    told = (await client.post("/_control/twilio/text", json={**sms, "text": " stop "})).json()
    assert told["status"] == 200
    [got] = receiver.got
    form = dict(parse_qsl(got.body.decode(), keep_blank_values=True))
    assert (form["MessageSid"], form["From"], form["Body"], form["NumMedia"]) == (told["sid"], TO, " stop ", "0")
    assert RequestValidator(twilio_auth[1]).validate(url, form, got.headers["x-twilio-signature"])
    with pytest.raises(TwilioRestException) as refusal:
        await send(sdk)
    assert refusal.value.code == 21610
    await client.post("/_control/twilio/text", json={**sms, "text": "ja", "opt_out": "START"})
    assert dict(parse_qsl(receiver.got[-1].body.decode()))["OptOutType"] == "START"
    await send(sdk)
