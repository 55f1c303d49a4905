"""Status callbacks: signatures against Twilio's own validator, and what a status says of an effect."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from starlette.datastructures import FormData
from starlette.requests import Request
from trigger_gateway.callbacks import told
from trigger_gateway.knocks import Knock, target_of
from trigger_gateway.twilio import is_signed, read_fields, verified
from twilio.request_validator import RequestValidator

TOKEN = "12345678901234567890123456789012"
URL = "https://shop.example/callbacks/twilio/sms?effect=1&item=2"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EFFECT = UUID("f396dd68-adae-5124-8f9f-e2b63548813a")
FIELDS: dict[str, Any] = {
    "MessageSid": "SM1",
    "MessageStatus": "delivered",
    "To": "+351912345678",
    "ErrorCode": "",
    "Body": "Olá 安",
}


def theirs(url: str = URL, fields: dict[str, Any] | None = None) -> str:
    return str(RequestValidator(TOKEN).compute_signature(url, FIELDS if fields is None else fields))


def signed(signature: str, url: str = URL, fields: dict[str, Any] | None = None, token: str = TOKEN) -> bool:
    body = urlencode(FIELDS if fields is None else fields).encode()
    return is_signed(signature, url, read_fields(body), token)


def test_a_signature_of_the_vendors_library_holds_blank_values_included() -> None:
    assert signed(theirs())


def test_values_that_come_twice_count_once_in_their_order() -> None:
    fields = [("b", "2"), ("a", "x"), ("b", "1"), ("b", "2")]
    made = RequestValidator(TOKEN).compute_signature(URL, FormData([*fields]))
    assert is_signed(made, URL, read_fields(urlencode(fields).encode()), TOKEN)


def test_a_form_without_fields_is_signed_by_its_address() -> None:
    assert signed(theirs(fields={}), fields={})


@pytest.mark.parametrize(
    ("ours", "signed_over"),
    [
        ("https://shop.example/c?x=1", "https://shop.example:443/c?x=1"),
        ("https://shop.example:443/c?x=1", "https://shop.example/c?x=1"),
        ("http://shop.example/c", "http://shop.example:80/c"),
    ],
)
def test_the_schemes_own_port_may_be_written_or_not(ours: str, signed_over: str) -> None:
    assert signed(theirs(signed_over), url=ours)


@pytest.mark.parametrize("url", ["https://shop.example:8443/c", "http://shop.example/c", "https://shop.example/c?"])
def test_any_other_address_is_refused(url: str) -> None:
    assert not signed(theirs(url), url="https://shop.example/c")


def test_a_changed_field_another_token_and_no_signature_are_refused() -> None:
    assert not signed(theirs(), fields={**FIELDS, "MessageStatus": "failed"})
    assert not signed(theirs(), token="another")
    assert not signed("")
    assert not signed("é")


def test_the_address_is_the_one_given_out_whatever_host_the_request_names() -> None:
    scope = {
        "type": "http",
        "path": "/callbacks/twilio/sms",
        "raw_path": b"/callbacks/twilio/sms",
        "query_string": b"effect=1&item=2",
        "headers": [(b"host", b"evil.example"), (b"x-forwarded-proto", b"https")],
    }
    body, headers = urlencode(FIELDS).encode(), {"x-twilio-signature": theirs()}
    came = Knock(body, headers, AT, target_of(Request(scope)))
    assert verified(came, "https://shop.example/", ["", "of-before", TOKEN]) == FIELDS


@pytest.mark.parametrize(
    ("status", "state"),
    [("sent", "sent"), ("delivered", "confirmed"), ("read", "confirmed"), ("undelivered", "bounced")],
)
def test_a_status_says_what_became_of_the_effect(status: str, state: str) -> None:
    callback = told({"MessageSid": "SM1", "MessageStatus": status}, EFFECT, at=AT)
    assert callback is not None
    assert (callback.effect, callback.state, callback.reference) == (EFFECT, state, "SM1")


def test_a_bounce_says_why() -> None:
    callback = told({"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "30006"}, EFFECT, at=AT)
    assert callback is not None
    assert callback.reason == "failed, Twilio error 30006"


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        ("completed", "confirmed", ""),
        ("busy", "bounced", "the line was busy"),
        ("no-answer", "bounced", "nobody answered"),
        ("failed", "bounced", "the call could not be put through"),
        ("canceled", "bounced", "the call was cancelled before it was answered"),
    ],
)
def test_the_end_of_a_call_says_what_became_of_it(status: str, state: str, words: str) -> None:
    callback = told({"CallSid": "CA1", "CallStatus": status}, EFFECT, at=AT)
    assert callback is not None
    assert (callback.state, callback.reason, callback.reference) == (state, words, "CA1")


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress"])
def test_a_call_on_its_way_says_nothing_new(status: str) -> None:
    assert told({"CallSid": "CA1", "CallStatus": status}, EFFECT, at=AT) is None


@pytest.mark.parametrize("status", ["queued", "accepted", "sending", "", "made up"])
def test_a_status_on_the_way_says_nothing_new(status: str) -> None:
    assert told({"MessageStatus": status}, EFFECT, at=AT) is None
