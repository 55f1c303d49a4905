"""Answers that break off behind their status, or cannot be read: what was accepted is, and nothing is done twice."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpcore
import httpx
import pytest
from action_workers import ledger
from action_workers.actions import call_app, http_fetch, send_webhook
from action_workers.actions.action import Action, Errand
from action_workers.answers import Down, word_of
from action_workers.attempts import touch
from action_workers.effect import Effect
from action_workers.guarded import BROKEN_OFF, Allowed, Guard, _read, is_broken_off
from action_workers.providers.apps import Apps
from action_workers.providers.web import Web, WebAccount
from action_workers.providers.webhook import Webhook
from action_workers.testing import SECRET, claimed
from chassis.errors import Rejected
from chassis.retry import Pauses
from contracts.actions import Recipient
from contracts.config import Portal
from simulators.app import manifest

URL = "http://127.0.0.1/hooks"
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
OK, READ = b"HTTP/1.1 200 OK\r\n", {"number": "number"}
HALF = OK + b"Content-Length: 30\r\n\r\n" + b'{"number": 7'
PAGE = OK + b"Content-Length: 6\r\n\r\n<html>"
BREAKS_OFF = {
    "half a body": b"Content-Length: 10\r\n\r\nabc",
    "a chunk of no size": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\nabc\r\n",
    "chunks without an end": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
}


@pytest.fixture(autouse=True)
def one_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients share what they hold for TLS, which is read from disk else, and not needed here."""
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: CONTEXT)


def far(said: bytes) -> Guard:
    """Give a way to one host, which says this to whatever it is asked."""
    return Guard(Allowed(inside=frozenset({"127.0.0.1"})), httpcore.AsyncMockBackend([said]))


def web(said: bytes = b"") -> Web:
    asking = Web(WebAccount())
    asking._guard = far(said)
    return asking


def called(action: Action, params: dict[str, Any], **more: Any) -> Effect:
    """Give an effect that calls a far end."""
    return claimed(action, Recipient(whom="web", name="127.0.0.1"), params, NOW, **more)


async def after(effect: Effect, action: Action, provider: Web, said: bytes) -> tuple[str, str, str, dict[str, Any]]:
    """Give state, reason, word on the account and results after one attempt."""
    provider._guard = far(said)
    params = action.params.model_validate(effect.params)
    answer = await touch(action, Errand(effect, params, "x", provider, Portal()))
    row = ledger.answered(effect, effect.attempts, answer, NOW, pauses=Pauses())
    assert row is not None
    return row.state, row.reason, word_of(answer, touched=True), row.results


async def fetched(said: bytes, *, attempt: int = 1, at_least_once: bool = False, **params: Any) -> Any:
    effect = called(http_fetch.ACTION, {"url": URL, **params}, attempt=attempt, at_least_once=at_least_once)
    return await after(effect, http_fetch.ACTION, web(), said)


async def sent(said: bytes, *, attempt: int = 1, **params: Any) -> Any:
    hook = Webhook.of("shop", {"secret": SECRET, "base_url": URL})
    return await after(called(send_webhook.ACTION, params, attempt=attempt), send_webhook.ACTION, hook, said)


@pytest.mark.parametrize("rest", BREAKS_OFF.values(), ids=BREAKS_OFF)
async def test_what_a_status_says_does_not_hang_on_the_end_of_its_page(rest: bytes) -> None:
    taken = await web(OK + rest).ask("POST", URL, {}, b"{}")
    assert (taken.status_code, taken.content, is_broken_off(taken)) == (200, b"abc", True)
    with pytest.raises(Down, match="it answered 503"):
        await web(b"HTTP/1.1 503 Away\r\n" + rest).ask("POST", URL, {}, b"{}")
    with pytest.raises(Rejected, match="it refused with 404: abc"):
        await web(b"HTTP/1.1 404 Gone\r\n" + rest).ask("POST", URL, {}, b"{}")


async def test_a_page_that_falls_silent_is_read_until_its_time_is_over() -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield b"abc"
        await asyncio.Event().wait()

    over = asyncio.get_running_loop().time()
    assert await _read(httpcore.Response(200, content=silent()), over) == (b"abc", BROKEN_OFF)


async def test_a_webhook_that_was_accepted_is_sent_though_the_answer_breaks_off() -> None:
    assert await sent(HALF) == ("sent", "", "up", {"status": 200})
    words = "it was accepted, and its answer could not be read: it answered 200, and broke off before its end"
    assert await sent(HALF, read=READ) == ("sent", words, "up", {"status": 200})


async def test_who_knows_a_repeat_is_asked_for_the_rest_while_there_is_an_attempt_left() -> None:
    state, reason, *_ = await sent(HALF, read=READ, deduplicates=True)
    assert (state, reason) == ("planned", "it was accepted, and its answer broke off before its end")
    state, *_ = await sent(HALF, read=READ, deduplicates=True, attempt=send_webhook.ACTION.attempts)
    assert state == "sent"


async def test_of_a_broken_answer_nothing_is_needed_where_nothing_is_read() -> None:
    for method in ("GET", "POST"):
        assert await fetched(HALF, method=method) == ("sent", "", "up", {"status": 200})


@pytest.mark.parametrize(("said", "words"), [(HALF, "and broke off before its end"), (b"", "it did not answer")])
async def test_a_question_is_asked_again_and_fails_in_the_end_as_nothing_is_in_doubt(said: bytes, words: str) -> None:
    state, reason, word, _ = await fetched(said, read=READ)
    assert (state, words in reason, word) == ("planned", True, "down")
    state, reason, *_ = await fetched(said, read=READ, attempt=http_fetch.ACTION.attempts)
    assert (state, words in reason, reason.startswith("gave up after attempt 6")) == ("failed", True, True)


@pytest.mark.parametrize(
    ("said", "words"), [(HALF, "it answered 200, and broke off before its end"), (PAGE, "that is no JSON")]
)
async def test_a_post_that_was_taken_and_not_read_is_in_doubt_and_no_retry_calls_twice(said: bytes, words: str) -> None:
    state, reason, word, _ = await fetched(said, method="POST", read=READ)
    assert (state, words in reason, word) == ("uncertain", True, "up")
    assert reason.endswith("; what it was asked may be done")


async def test_where_a_repeat_does_no_harm_what_will_never_be_read_fails() -> None:
    for more in ({"method": "GET"}, {"method": "POST", "at_least_once": True}):
        state, reason, *_ = await fetched(PAGE, read=READ, **more)
        assert (state, reason) == ("failed", "it answered 200, with something that is no JSON")
    state, *_ = await fetched(HALF, method="POST", read=READ, at_least_once=True)
    assert state == "planned"


@pytest.mark.parametrize("body", [b'{"outcome": "done", "results": {"score": 1}}', b"7"])
async def test_an_app_whose_answer_breaks_off_may_have_done_it(body: bytes) -> None:
    app = Apps.of("acme", {"secret": SECRET, "manifest": manifest(URL)})
    effect = called(call_app.ACTION, {"inputs": {"client": "Ana"}}, name="app:acme/score")
    state, reason, *_ = await after(effect, call_app.ACTION, app, OK + b"Content-Length: 90\r\n\r\n" + body)
    assert (state, reason) == ("uncertain", "its answer broke off before its end, and it may have done it")
