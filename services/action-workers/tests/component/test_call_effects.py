"""Calls through Twilio: what is heard, which keys are asked for, and what reports say of them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest
from action_workers.testing import Desk, config
from contracts.actions import ProviderCallback
from twilio.twiml.voice_response import Gather, VoiceResponse

HEARD = {"text": "Your order <42> & more", "language": "pt-PT", "voice": "Polly.Ines"}


@pytest.fixture
async def desk(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("call")


async def called(desk: Desk, **params: Any) -> str:
    await desk.take(desk.action(params=params))
    await desk.work("sent")
    [call] = desk.sim.calls.accepted
    return call.twiml


def same(ours: str, theirs: VoiceResponse) -> bool:
    return canonicalize(ours) == canonicalize(str(theirs))


async def test_a_text_is_spoken_in_its_language_and_by_its_voice(desk: Desk) -> None:
    theirs = VoiceResponse()
    theirs.say(HEARD["text"], language="pt-PT", voice="Polly.Ines")
    assert same(await called(desk, **HEARD), theirs)
    (outcome,) = await desk.latest()
    [call] = desk.sim.calls.accepted
    assert (call.to, call.sender, outcome.reference) == ("+351910000001", "+15005550006", call.sid)
    effect = desk.effect()
    assert call.status_callback == f"https://shop.example/callbacks/twilio/sms?effect={effect}&item={desk.item}"


async def test_a_prepared_sound_is_played(desk: Desk) -> None:
    theirs = VoiceResponse()
    theirs.play("https://shop.example/hello.mp3?a=1&b=2")
    assert same(await called(desk, sound="https://shop.example/hello.mp3?a=1&b=2"), theirs)


async def test_keys_that_are_asked_for_come_back_to_the_gateway(desk: Desk) -> None:
    keys_at = f"https://shop.example/callbacks/twilio/sms/keys?effect={desk.effect()}&item={desk.item}"
    theirs, gather = VoiceResponse(), Gather(num_digits=1, action=keys_at, method="POST")
    gather.say("Press 1")
    theirs.append(gather)
    assert same(await called(desk, text="Press 1", keys=1), theirs)


async def test_keys_cannot_come_back_where_nobody_can_reach_us(desk: Desk) -> None:
    await desk.configure(config("portal", "portal", {}))
    await desk.take(desk.action(params={"text": "Press 1", "keys": 1}))
    (outcome,) = await desk.work("failed")
    assert outcome.reason.startswith("the portal's public address is not set")


async def test_a_text_that_is_too_long_fails_before_anybody_is_called(desk: Desk) -> None:
    await desk.take(desk.action(params={"text": "x" * 4000}))
    (outcome,) = await desk.work("failed")
    assert outcome.reason == "the text is too long for a call: 4032 characters as TwiML, 4000 may be"
    assert not desk.sim.calls.accepted


@pytest.mark.parametrize(
    ("reports", "states"),
    [
        (["confirmed"], ["sent", "confirmed"]),
        (["bounced"], ["sent", "bounced"]),
        (["confirmed", "bounced", "confirmed"], ["sent", "confirmed"]),
    ],
)
async def test_the_first_report_of_its_end_settles_it(desk: Desk, reports: list[str], states: list[str]) -> None:
    await called(desk, text="Hello")
    for state in reports:
        told = {"provider": "twilio", "effect": desk.effect(), "reference": "CA1", "state": state}
        await desk.take(ProviderCallback.model_validate(told | {"reason": "nobody answered", "at": datetime.now(UTC)}))
    assert [one.state for one in await desk.outcomes()] == states


async def test_a_number_that_cannot_be_called_fails_in_words(desk: Desk) -> None:
    desk.sim.fail("twilio-voice", "status", code=400, error=21215)
    await desk.take(desk.action(params={"text": "Hello"}))
    (outcome,) = await desk.work("failed")
    assert outcome.reason == "the account may not call this country (Twilio 21215)"
