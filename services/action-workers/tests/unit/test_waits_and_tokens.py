"""How long providers ask us to wait, each in its own way, and tokens as people copy them."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from action_workers.answers import Uncertain
from action_workers.providers import asking, google, meta, telegram
from action_workers.providers.accounts import Provider
from action_workers.providers.changes import Change
from action_workers.providers.google import Google
from action_workers.providers.meta import Meta
from action_workers.providers.telegram import Telegram
from action_workers.providers.vk import Vk
from action_workers.providers.yandex import Yandex
from chassis.errors import Rejected, Retryable

DAY = timedelta(days=1)
USE: dict[str, Any] = {"type": "custom_audience", "call_count": 100, "estimated_time_to_regain_access": 19}
SPARE: dict[str, Any] = {"type": "ads_insights", "call_count": 4, "estimated_time_to_regain_access": 0}


def waits(error: Exception) -> timedelta | None:
    assert isinstance(error, Retryable)
    return error.after


@pytest.mark.parametrize("written", ["9" * 25, "9" * 400])
def test_a_wait_beyond_all_bounds_is_a_day(written: str) -> None:
    assert asking.retry_after(httpx.Response(429, headers={"retry-after": written})) == DAY


def test_a_date_of_another_age_is_a_day() -> None:
    headers = {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    assert asking.retry_after(httpx.Response(429, headers=headers)) == DAY


@pytest.mark.parametrize("written", [b"\xb2", b"-1", b"1.5", b"\xd9\xa1"])
def test_a_wait_that_is_no_number_of_seconds_is_none(written: bytes) -> None:
    assert asking.retry_after(httpx.Response(429, headers=[(b"retry-after", written)])) is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(3, timedelta(seconds=3)), (0, timedelta()), (10**400, None), (10**40, DAY), (-5, timedelta()), ("x", None)],
)
def test_telegram_says_in_the_body_how_long(seconds: Any, expected: timedelta | None) -> None:
    response = httpx.Response(429, json={"ok": False, "parameters": {"retry_after": seconds}})
    assert waits(telegram.refusal(response)) == expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (json.dumps({"1234": [SPARE, USE], "99": [SPARE]}), timedelta(minutes=19)),
        (json.dumps({"1234": [SPARE]}), None),
        ("{}", None),
        ("[]", None),
        ('{"1": 5}', None),
        ('{"1": [{"estimated_time_to_regain_access": "soon"}]}', None),
        (json.dumps({"1": [{**USE, "estimated_time_to_regain_access": "5"}]}), timedelta(minutes=5)),
        (json.dumps({"1": [{**USE, "estimated_time_to_regain_access": "soon"}, USE, {}]}), timedelta(minutes=19)),
        (json.dumps({"1": [{**USE, "estimated_time_to_regain_access": 10**9}]}), DAY),
        (json.dumps({"1": [{**USE, "estimated_time_to_regain_access": None}]}), None),
        ("<html>", None),
    ],
)
@pytest.mark.parametrize("code", [17, 80003, 80004])
def test_meta_says_in_a_header_of_its_own_when_we_may_ask_again(
    usage: str, expected: timedelta | None, code: int
) -> None:
    response = httpx.Response(400, json={"error": {"code": code}}, headers={"X-Business-Use-Case-Usage": usage})
    assert waits(meta.refusal(response)) == expected


def test_meta_says_of_an_error_that_it_passes() -> None:
    response = httpx.Response(400, json={"error": {"code": 999, "is_transient": True}})
    assert isinstance(meta.refusal(response), Retryable)


def test_an_audience_that_meta_has_restricted_is_told_in_words() -> None:
    body = {"error": {"code": 100, "error_subcode": 1713230, "message": "Invalid parameter"}}
    error = meta.refusal(httpx.Response(400, json=body), "238")
    assert isinstance(error, Rejected)
    assert "restricted the audience '238'" in error.reason


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ([{"reason": "X"}, {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "30s"}], 30.0),
        ([{"retryDelay": "1.5s"}], 1.5),
        ([{"retryDelay": "soon"}], None),
        ("x", None),
    ],
)
def test_google_says_in_the_details_how_long(details: Any, expected: float | None) -> None:
    body = {"error": {"status": "RESOURCE_EXHAUSTED", "details": details}}
    wait = waits(google.refusal(httpx.Response(429, json=body), "238"))
    assert wait == (None if expected is None else timedelta(seconds=expected))


def test_what_the_header_says_goes_first() -> None:
    body = {"error": {"status": "UNAVAILABLE", "details": [{"retryDelay": "30s"}]}}
    assert waits(google.refusal(httpx.Response(503, json=body, headers={"Retry-After": "0"}), "")) == timedelta()


DEEP = b"[" * 100_000


def test_an_answer_that_is_too_deep_is_none() -> None:
    assert asking.error_body(httpx.Response(400, content=DEEP)) == {}
    with pytest.raises(Uncertain):
        asking.body(httpx.Response(200, content=DEEP), "Meta")


async def test_an_answer_that_cannot_be_unpacked_leaves_it_uncertain() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))

    async with httpx.AsyncClient(transport=httpx.MockTransport(broken), base_url="http://x") as http:
        with pytest.raises(Uncertain, match="may have accepted"):
            await asking.ask(http, "Twilio", "POST", "/", data={})


async def test_vk_that_answers_neither_yes_nor_no_leaves_it_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any, **__: Any) -> httpx.Response:
        return httpx.Response(200, json={})

    monkeypatch.setattr(asking, "ask", nothing)
    vk = Vk.of("v", {"access_token": "x", "account": "1", "hashing": "md5"})
    with pytest.raises(Uncertain, match="neither"):
        await vk.change(Change("1", add=True, people=({"email": "x"},), key=UUID(int=1)))


TOKENS: list[tuple[type[Provider], str, dict[str, Any]]] = [
    (Meta, "access_token", {}),
    (Google, "access_token", {"account": "1234567890"}),
    (Google, "refresh_token", {"account": "1234567890"}),
    (Vk, "access_token", {"account": "1"}),
    (Yandex, "access_token", {}),
    (Telegram, "bot_token", {}),
]


@pytest.mark.parametrize(("kind", "name", "more"), TOKENS)
@pytest.mark.parametrize("token", ["тoken", "tok\nen", "to ken", "tok\x00en"])
def test_a_token_that_cannot_travel_is_refused_by_name_and_never_shown(
    kind: type[Provider], name: str, more: dict[str, Any], token: str
) -> None:
    with pytest.raises(Rejected) as refused:
        kind.of("ads", {name: token, **more})
    assert f"connection 'ads': {name}: " in refused.value.reason
    assert "copy it again" in refused.value.reason
    assert "ken" not in refused.value.reason.replace(name, "").replace("no token", "")


@pytest.mark.parametrize(("kind", "name", "more"), TOKENS)
def test_the_end_of_the_line_that_copying_adds_is_left_out(
    kind: type[Provider], name: str, more: dict[str, Any]
) -> None:
    assert getattr(kind.of("ads", {name: " token\r\n", **more}).account, name).get_secret_value() == "token"
