"""What providers' answers mean: later, never, or nobody knows."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from action_workers.answers import Uncertain
from action_workers.providers import asking, crm, meta, smtp, twilio
from chassis.errors import Rejected, Retryable


def answer(status: int, body: Any = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("provider", [twilio, meta, crm])
def test_trouble_that_passes_is_tried_later(provider: Any, status: int) -> None:
    error = provider.refusal(answer(status, retry_after="7"))
    assert isinstance(error, Retryable)
    assert error.after == timedelta(seconds=7)


@pytest.mark.parametrize("code", [21211, 21408, 21606, 21610, 21612, 21614, 21617])
def test_twilio_s_refusals_are_told_in_words(code: int) -> None:
    error = twilio.refusal(answer(400, {"code": code, "message": "x", "status": 400}))
    assert isinstance(error, Rejected)
    assert str(code) in error.reason
    assert twilio.WORDS[code] in error.reason


def test_twilio_s_other_refusals_keep_its_own_words() -> None:
    error = twilio.refusal(answer(400, {"code": 29999, "message": "Something new"}))
    assert isinstance(error, Rejected)
    assert error.reason == "Something new (Twilio 29999)"


@pytest.mark.parametrize("code", sorted(twilio.TRANSIENT))
def test_twilio_s_passing_troubles_are_known_by_their_number(code: int) -> None:
    assert isinstance(twilio.refusal(answer(400, {"code": code})), Retryable)


def test_wrong_credentials_at_twilio_are_not_tried_again() -> None:
    error = twilio.refusal(httpx.Response(401, text="<html>"))
    assert isinstance(error, Rejected)
    assert "credentials" in error.reason


@pytest.mark.parametrize("code", sorted(meta.TRANSIENT))
def test_meta_throttles_with_status_400(code: int) -> None:
    assert isinstance(meta.refusal(answer(400, {"error": {"code": code}})), Retryable)


@pytest.mark.parametrize(("code", "words"), [(190, "renew it"), (200, "may not change"), (100, "no such audience")])
def test_meta_s_refusals_are_told_in_words(code: int, words: str) -> None:
    error = meta.refusal(answer(400, {"error": {"code": code, "message": "no such audience"}}))
    assert isinstance(error, Rejected)
    assert words in error.reason


def test_a_problem_of_crm_api_names_its_fields() -> None:
    problem = {"title": "The request does not fit", "errors": [{"field": "deadline", "problem": "not a moment"}]}
    error = crm.refusal(answer(422, problem))
    assert isinstance(error, Rejected)
    assert "deadline: not a moment" in error.reason


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        (421, "shutting down", Retryable),
        (450, "4.7.1 greylisted", Retryable),
        (451, "4.3.0 later", Retryable),
        (452, "4.2.2 over quota", Retryable),
        (552, "5.2.2 mailbox full", Retryable),
        (550, "5.1.1 User unknown", Rejected),
        (554, "5.7.1 policy", Rejected),
        (535, "5.7.8 authentication failed", Rejected),
        (-1, "???", Uncertain),
    ],
)
def test_replies_of_mail_servers(code: int, said: str, kind: type[Exception]) -> None:
    assert isinstance(smtp.refusal(code, said), kind)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "120"}, 120),
        ({"retry_after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30),
        ({"retry_after": "Sun, 22 Nov 2026 09:00:00 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0),
        ({"retry_after": "Sun, 22 Nov 2026 10:00:30 GMT"}, None),
        ({"retry_after": "soon", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_how_long_a_provider_asks_us_to_wait(headers: dict[str, str], seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert asking.retry_after(answer(429, **headers)) == expected


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'"x"'])
def test_an_acceptance_that_cannot_be_read_is_no_answer(content: bytes) -> None:
    with pytest.raises(Uncertain):
        asking.body(httpx.Response(201, content=content), "Twilio")
