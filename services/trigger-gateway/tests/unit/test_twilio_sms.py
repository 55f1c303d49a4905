"""SMS as Twilio tells them: words that stop and start, and messages that triggers hear, against its own library."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import canonicalize

import pytest
from chassis.problems import Problem
from contracts.actions import SetSuppression
from contracts.config import Portal, Source
from contracts.signals import Identity
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Setup, Taken, Told
from trigger_gateway.sources.twilio_sms import SOURCE
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TARGET = "/in/texts/token"
HERE = "https://shop.example" + TARGET
PHONE = "+351912345678"
SMS = {
    "MessageSid": "SM1",
    "SmsMessageSid": "SM1",
    "AccountSid": "AC1",
    "From": PHONE,
    "To": "+351300500200",
    "Body": "Do you have oak?",
    "NumMedia": "0",
    "SmsStatus": "received",
}


def setup(**settings: Any) -> Setup:
    source = Source(id="texts", kind="twilio-sms", token="token", settings=settings)
    return Setup(source, ("auth-token",), Portal(country="PT", public_url="https://shop.example"))


def knock(fields: dict[str, str], token: str = "auth-token") -> Knock:
    signature = RequestValidator(token).compute_signature(HERE, fields)
    return Knock(urlencode(fields).encode(), {"x-twilio-signature": signature}, AT, TARGET)


def read(body: str, settings: Any = None, **more: str) -> tuple[Told, ...]:
    told = SOURCE.read(knock({**SMS, "Body": body, **more}), setup(**(settings or {})))
    return told if isinstance(told, tuple) else (told,)


def kinds(told: tuple[Told, ...]) -> list[str]:
    return [one.kind for one in told]


def test_an_sms_is_a_message_of_the_client_in_the_channel_sms() -> None:
    [told] = read("Do you have oak?")
    assert (told.delivery, told.kind, told.words) == ("SM1", "chat.message", ())
    assert told.identities == (Identity(kind="phone", value=PHONE),)
    assert told.payload == {
        "channel": "sms",
        "line": "+351300500200",
        "phone": PHONE,
        "message": "SM1",
        "type": "text",
        "text": "Do you have oak?",
    }
    [told] = read("", NumMedia="1", MediaUrl0="https://api.twilio.com/m/1")
    assert (told.payload["text"], told.payload["media"]) == ("[media]", ["https://api.twilio.com/m/1"])


@pytest.mark.parametrize(
    "word",
    [
        "STOP",
        "stop",
        " Stop.\n",
        "STOPALL",
        "Unsubscribe",
        "cancel",
        "END",
        "Quit!",
        "parar",
        "Basta",
        "СТОП",
        "«стоп»",
    ],
)
def test_a_word_that_stops_is_no_message_and_suppresses_the_number(word: str) -> None:
    [told] = read(word)
    assert (told.delivery, told.kind) == ("SM1", "consent.refused")
    stop = SetSuppression(way="phone", address=PHONE, suppressed=True, by="by SMS STOP", kind="stop")
    assert told.words == (stop,)
    assert (told.payload["channel"], told.payload["text"]) == ("phone", "by SMS STOP")


@pytest.mark.parametrize(
    "text", ["Please stop by tomorrow", "STOP it", "stopp", "unstoppable", "", "the end", "нестоп"]
)
def test_a_word_in_a_longer_message_stops_nothing(text: str) -> None:
    assert kinds(read(text)) == ["chat.message"]


@pytest.mark.parametrize("word", ["START", "unstop", "Yes", "подписаться"])
def test_a_word_that_starts_lifts_what_stop_made_and_is_a_message_too(word: str) -> None:
    message, told = read(word)
    assert (message.kind, message.words, message.payload["text"]) == ("chat.message", (), word)
    assert (told.delivery, told.kind) == ("SM1:start", "consent.given")
    assert [(one.suppressed, one.kind) for one in told.words] == [(False, "stop")]
    assert told.payload["lifts"] == "by SMS STOP"


def test_help_is_kept_and_means_nothing() -> None:
    assert [(one.kind, one.words) for one in read("HELP")] == [("", ())]


def test_a_source_has_words_of_its_own_beside_the_usual_ones() -> None:
    own = {"stop": ["Arrêt "], "start": ["reprendre"]}
    assert kinds(read("ARRÊT", own)) == ["consent.refused"]
    assert kinds(read("Reprendre", own)) == ["chat.message", "consent.given"]
    assert kinds(read("stop", own)) == ["consent.refused"]
    assert kinds(read("Arrêt")) == ["chat.message"]
    assert kinds(read("stop", {"stop": "nonsense"})) == ["consent.refused"]


def test_what_twilio_says_of_an_opt_out_counts_before_the_text() -> None:
    assert kinds(read("Laat me met rust", OptOutType="STOP")) == ["consent.refused"]
    assert kinds(read("ja graag", OptOutType="START")) == ["chat.message", "consent.given"]
    assert kinds(read("stop", OptOutType="HELP")) == [""]


def test_who_hides_the_number_can_be_written_to_no_less() -> None:
    [told] = read("STOP", From="SHOP")
    assert (told.identities, told.words) == ((), ())


@pytest.mark.parametrize("fields", [{"MessageSid": "SM1", "MessageStatus": "delivered"}, {"Body": "Hello"}])
def test_a_signed_form_that_is_no_sms_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        SOURCE.read(knock(fields), setup())
    assert (refused.value.status, "*A message comes in*" in refused.value.detail) == (422, True)


def test_what_twilio_did_not_sign_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        SOURCE.read(knock(SMS, "another"), setup())
    assert refused.value.status == 401


def test_twilio_hears_that_nothing_is_to_be_sent() -> None:
    answer = SOURCE.answer(knock(SMS), setup(), Taken("first", None))
    assert (answer.status_code, answer.media_type) == (200, "text/xml")
    assert canonicalize(bytes(answer.body).decode()) == canonicalize(str(MessagingResponse()))
