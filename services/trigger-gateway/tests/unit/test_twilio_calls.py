"""Calls as Twilio tells them: which signals they are, and what Twilio is told to do, against its own library."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import canonicalize

import pytest
from chassis.problems import Problem
from contracts.config import Portal, Source
from contracts.signals import Identity
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Setup, Taken, Told
from trigger_gateway.sources.twilio_voice import SOURCE
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TARGET = "/in/line/token"
HERE = "https://shop.example" + TARGET
INBOUND = {
    "CallSid": "CA1",
    "AccountSid": "AC1",
    "From": "+351912345678",
    "To": "+351300500200",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "CallerName": "",
}
OUTBOUND = {**INBOUND, "From": "+351300500200", "To": "+351912345678", "Direction": "outbound-dial"}


def setup(**settings: Any) -> Setup:
    source = Source(id="line", kind="twilio-voice", token="token", settings=settings)
    return Setup(source, ("auth-token",), Portal(country="PT", public_url="https://shop.example"))


def knock(fields: dict[str, str], token: str = "auth-token") -> Knock:
    signature = RequestValidator(token).compute_signature(HERE, fields)
    return Knock(urlencode(fields).encode(), {"x-twilio-signature": signature}, AT, TARGET)


def read(fields: dict[str, str], **settings: Any) -> Told:
    told = SOURCE.read(knock(fields), setup(**settings))
    assert isinstance(told, Told)
    return told


def answered(fields: dict[str, str], **settings: Any) -> str:
    response = SOURCE.answer(knock(fields), setup(**settings), Taken("first", None))
    assert (response.status_code, response.media_type) == (200, "text/xml")
    return bytes(response.body).decode()


def same(ours: str, theirs: VoiceResponse) -> bool:
    return canonicalize(ours) == canonicalize(str(theirs))


def test_the_first_request_of_a_call_tells_who_calls_which_line() -> None:
    told = read(INBOUND)
    assert (told.delivery, told.kind) == ("CA1:ringing", "call.incoming")
    assert told.identities == (Identity(kind="phone", value="+351912345678"),)
    assert told.payload == {
        "call": "CA1",
        "line": "+351300500200",
        "phone": "+351912345678",
        "direction": "inbound",
        "status": "ringing",
    }


@pytest.mark.parametrize(
    ("more", "settings", "kind"),
    [
        ({"CallStatus": "no-answer"}, {}, "call.missed"),
        ({"CallStatus": "busy"}, {"dial": "+351911111111"}, "call.missed"),
        ({"CallStatus": "canceled"}, {}, "call.missed"),
        ({"CallStatus": "completed"}, {"say": "We are closed"}, "call.missed"),
        ({"CallStatus": "completed"}, {"dial": "+351911111111"}, ""),
        ({"CallStatus": "in-progress"}, {}, ""),
        ({"CallStatus": "in-progress", "DialCallStatus": "no-answer"}, {"dial": "+351911111111"}, "call.missed"),
        ({"CallStatus": "in-progress", "DialCallStatus": "busy"}, {"dial": "+351911111111"}, "call.missed"),
        ({"CallStatus": "completed", "DialCallStatus": "completed"}, {"dial": "+351911111111"}, ""),
        ({"Direction": "outbound-dial", "CallStatus": "completed"}, {}, "call.outgoing"),
        ({"Direction": "outbound-api", "CallStatus": "no-answer"}, {}, "call.outgoing"),
        ({"Direction": "outbound-dial", "CallStatus": "ringing"}, {}, ""),
    ],
)
def test_each_status_is_a_signal_of_its_kind_or_none(more: dict[str, str], settings: dict[str, str], kind: str) -> None:
    assert read({**INBOUND, **more}, **settings).kind == kind


def test_of_an_outgoing_call_the_client_is_whom_we_called() -> None:
    ended = {"CallStatus": "completed", "CallDuration": "63", "SequenceNumber": "3"}
    told = read({**OUTBOUND, **ended, "Timestamp": "Mon, 02 Mar 2026 09:31:05 +0000"})
    assert told.happened_at == datetime(2026, 3, 2, 9, 31, 5, tzinfo=UTC)
    assert [one.value for one in told.identities] == ["+351912345678"]
    assert told.payload["line"] == "+351300500200"
    assert (told.payload["answered"], told.payload["duration"], told.payload["sequence"]) == (True, 63, 3)


def test_each_status_of_a_call_has_its_own_delivery() -> None:
    statuses = [{"CallStatus": "ringing"}, {"CallStatus": "completed"}, {"DialCallStatus": "completed"}]
    assert [read({**INBOUND, **one}).delivery for one in statuses] == [
        "CA1:ringing",
        "CA1:completed",
        "CA1:dial:completed",
    ]


@pytest.mark.parametrize("number", ["anonymous", "", "sip:ana@example.com"])
def test_a_caller_without_a_number_is_told_and_known_by_nothing(number: str) -> None:
    told = read({**INBOUND, "From": number})
    assert (told.kind, told.identities) == ("call.incoming", ())


def test_a_new_call_hears_the_text_and_is_put_through() -> None:
    settings = {"say": "Olá & bem-vindo <3", "language": "pt-PT", "voice": "Polly.Ines", "dial": "+351911111111"}
    theirs = VoiceResponse()
    theirs.say("Olá & bem-vindo <3", language="pt-PT", voice="Polly.Ines")
    theirs.dial("+351911111111", timeout=30, action=HERE)
    assert same(answered(INBOUND, **settings, timeout=30), theirs)


def test_who_is_not_there_is_excused_and_who_was_is_left_alone() -> None:
    settings = {"dial": "+351911111111", "missed": "We call you back"}
    theirs = VoiceResponse()
    theirs.say("We call you back")
    assert same(answered({**INBOUND, "DialCallStatus": "no-answer"}, **settings), theirs)
    assert same(answered({**INBOUND, "DialCallStatus": "completed"}, **settings), VoiceResponse())
    assert same(answered({**INBOUND, "CallStatus": "completed"}, **settings), VoiceResponse())


def test_settings_that_cannot_be_read_lose_no_call() -> None:
    assert same(answered(INBOUND, timeout="soon", say="Hello"), VoiceResponse())
    assert read(INBOUND, timeout="soon").kind == "call.incoming"


def test_a_text_that_xml_cannot_hold_is_spoken_without_what_it_cannot() -> None:
    assert "<Say>ab</Say>" in answered(INBOUND, say="a\x00\x08b")


def test_what_twilio_did_not_sign_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        SOURCE.read(knock(INBOUND, "another"), setup())
    assert refused.value.status == 401


def test_a_signed_form_that_is_no_call_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        read({"MessageSid": "SM1"})
    assert (refused.value.status, "*A call comes in*" in refused.value.detail) == (422, True)
