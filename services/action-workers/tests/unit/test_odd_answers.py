"""Odd answers of providers: what counts as sent, failed, to be tried again, or as something that nobody knows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from action_workers import ledger
from action_workers.actions import ACTIONS
from action_workers.answers import Word
from action_workers.attempts import Attempt, Attempts
from action_workers.effect import Effect
from action_workers.providers import PROVIDERS, Accounts
from action_workers.testing import answering, claimed
from automation.knowledge import Knowledge
from chassis.errors import Rejected
from contracts.actions import Recipient
from contracts.config import Connection
from contracts.outcomes import EffectState

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
Far = Callable[[httpx.Request], httpx.Response]
PEOPLE = [{"EMAIL": "a" * 64}]
CHAT = {"channel": "chat", "address": "shop-bot:5"}
# What is asked for, and the account through which it goes.
ASKED: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "send-sms": ({"text": "Hello"}, "twilio", {"account_sid": "AC1", "auth_token": "t", "from": "+1"}),
    "make-call": ({"text": "Hello"}, "twilio", {"account_sid": "AC1", "auth_token": "t", "from": "+1"}),
    "send-message": ({"text": "Hello", "routes": [CHAT]}, "telegram", {"bot_token": "1:a"}),
    "notify": ({"text": "Hello"}, "crm-api", {"base_url": "http://crm", "token": "t"}),
    "add-to-audience": ({"audience": "238", "people": PEOPLE}, "meta", {"access_token": "t"}),
}
ONCE, REPEATABLE = ("send-sms", "make-call", "send-message"), ("notify", "add-to-audience")


def first(action: str) -> Effect:
    """Give an effect at its first attempt."""
    contact = Recipient(whom="contact:9", address="+351910000001", contact=UUID(int=9))
    return claimed(ACTIONS[action], contact, ASKED[action][0], NOW)


async def attempted(action: str, far: Far) -> tuple[Effect, Attempt, list[httpx.Request]]:
    """Attempt it once, and give what the ledger has of it then."""
    _, provider, settings = ASKED[action]
    with answering(far) as asked:
        async with Accounts(PROVIDERS, None) as accounts:
            attempts = Attempts(accounts, Connection(id="x", provider=provider, settings=settings))
            made = await attempts.make(first(action), Knowledge())
    after = ledger.answered(first(action), 1, made.answer, NOW, pauses=made.pauses)
    assert after is not None
    return after, made, asked


def answers(status: int, content: bytes = b"", **headers: str) -> Far:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, content=content, headers=told)


def raises(error: type[httpx.RequestError]) -> Far:
    def far(request: httpx.Request) -> httpx.Response:
        raise error("gone", request=request)

    return far


# Each with what becomes of what may go only once, and what that says of the account.
ODD: dict[str, tuple[Far, EffectState, Word]] = {
    "half an object": (answers(201, b'{"sid": "SM1", "sta'), "uncertain", "down"),
    "no body": (answers(200), "uncertain", "down"),
    "no content": (answers(204), "uncertain", "down"),
    "a list": (answers(200, b'[{"sid": "SM1"}]'), "uncertain", "down"),
    "a page to log in": (answers(200, b"<html>Sign in</html>", content_type="text/html"), "uncertain", "down"),
    "no UTF-8": (answers(200, b"\xff\xfe\x00{"), "uncertain", "down"),
    "silence while it is read": (raises(httpx.ReadTimeout), "uncertain", "down"),
    "an end while it is read": (raises(httpx.ReadError), "uncertain", "down"),
    "no HTTP": (raises(httpx.RemoteProtocolError), "uncertain", "down"),
    "silence while it is written": (raises(httpx.WriteTimeout), "uncertain", "down"),
    "an end while it is written": (raises(httpx.WriteError), "uncertain", "down"),
    "nobody there": (raises(httpx.ConnectError), "planned", "down"),
    "nobody there for long": (raises(httpx.ConnectTimeout), "planned", "down"),
    "all connections in use": (raises(httpx.PoolTimeout), "planned", "down"),
    "trouble in a page": (answers(500, b"<html>"), "planned", "down"),
    "a proxy without anybody behind": (answers(502), "planned", "down"),
    "a status of no list": (answers(599), "planned", "down"),
    "too slow of us": (answers(408), "planned", ""),
    "too early": (answers(425), "planned", ""),
    "too much": (answers(429), "planned", "busy"),
    "trouble that says when": (answers(503, retry_after="7"), "planned", "busy"),
    "elsewhere": (answers(302, location="https://elsewhere.example/"), "failed", "up"),
    "elsewhere for good": (answers(308, location="https://elsewhere.example/"), "failed", "up"),
    "not changed": (answers(304), "failed", "up"),
    "a refusal in a page": (answers(400, b"<html>no</html>"), "failed", "up"),
    "a refusal without words": (answers(422), "failed", "up"),
    "a refusal in a list": (answers(409, b"[1]"), "failed", "up"),
    "a refusal that is half": (answers(400, b'{"code": 212'), "failed", "up"),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("action", ONCE)
async def test_what_may_go_once_is_asked_again_only_where_it_was_surely_not_taken(action: str, odd: str) -> None:
    far, state, word = ODD[odd]
    after, made, asked = await attempted(action, far)
    assert (after.state, made.word, len(asked)) == (state, word, 1)
    assert state == "planned" or after.reason


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("action", REPEATABLE)
async def test_what_is_known_by_its_key_is_asked_again_where_nobody_knows_too(action: str, odd: str) -> None:
    far, state, word = ODD[odd]
    after, made, asked = await attempted(action, far)
    assert (after.state, made.word, len(asked)) == ("planned" if state == "uncertain" else state, word, 1)
    assert not after.doubled


@pytest.mark.parametrize("action", ASKED)
async def test_the_next_attempt_waits_as_long_as_the_provider_says_and_no_longer_than_a_day(action: str) -> None:
    for said, wait in (("7", timedelta(seconds=7)), ("0", timedelta()), ("9" * 30, timedelta(days=1))):
        after, _, _ = await attempted(action, answers(429, b"{}", retry_after=said))
        assert (after.state, after.not_before) == ("planned", NOW + wait)


@pytest.mark.parametrize("action", ASKED)
async def test_a_wish_that_cannot_be_read_is_our_own_pause(action: str) -> None:
    for said in ("soon", "-5", "1.5", "5, 7", ""):
        after, made, _ = await attempted(action, answers(503, b"{}", retry_after=said))
        longest = made.pauses.first * (1 + made.pauses.jitter)
        assert timedelta() < after.not_before - NOW <= timedelta(seconds=longest)


async def test_telegram_says_by_ok_and_not_by_the_status_whether_it_took_a_message() -> None:
    blocked = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    after, made, _ = await attempted("send-message", lambda _: httpx.Response(200, json=blocked))
    assert (after.state, made.word, after.reason) == ("failed", "up", "the client has blocked the bot (Telegram 403)")
    flood = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3}}
    after, made, _ = await attempted("send-message", lambda _: httpx.Response(200, json=flood))
    assert (after.state, made.word, after.not_before) == ("planned", "busy", NOW + timedelta(seconds=3))


async def test_what_a_provider_says_is_kept_without_what_no_database_takes() -> None:
    odd = b'"No\\u0000 such \\ud83d number"'
    after, _, _ = await attempted("send-sms", answers(400, b'{"code": 7, "message": ' + odd + b"}"))
    assert (after.state, after.reason) == ("failed", "No such ? number (Twilio 7)")
    after, _, _ = await attempted("send-message", answers(400, b'{"ok": false, "description": ' + odd + b"}"))
    assert (after.state, after.reason) == ("failed", "No such ? number (Telegram 400)")
    after, _, _ = await attempted("make-call", answers(201, b'{"sid": "CA\\u00001"}'))
    assert (after.reference, after.results) == ("CA1", {"sid": "CA1"})


async def test_a_chat_that_moves_on_and_on_is_not_run_after() -> None:
    moved = {"ok": False, "description": "Bad Request: moved", "parameters": {"migrate_to_chat_id": -7}}
    after, _, asked = await attempted("send-message", lambda _: httpx.Response(400, json=moved))
    assert (after.state, len(asked)) == ("failed", 2)


async def test_an_acceptance_that_names_nothing_is_one_all_the_same() -> None:
    for action in ONCE:
        after, _, _ = await attempted(action, answers(201, b'{"ok": true, "result": true}'))
        assert (after.state, after.reference) == ("sent", "")


PLATFORMS: dict[str, dict[str, Any]] = {
    "meta": {"access_token": "t"},
    "google": {"access_token": "t", "account": "1234567890"},
    "vk": {"access_token": "t", "account": "1", "hashing": "md5"},
    "yandex": {"access_token": "t"},
    "telegram": {"bot_token": "1:a"},
    "twilio": {"account_sid": "AC1", "auth_token": "t", "from": "+1"},
}


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"\xff", b'{"result": '])
async def test_an_account_does_not_work_where_somebody_else_answers(name: str, content: bytes) -> None:
    with answering(answers(200, content)):
        provider = PROVIDERS[name].of("x", PLATFORMS[name])
    with pytest.raises(Rejected, match="is not"):
        await provider.check()
    await provider.close()


async def test_a_bot_that_nobody_names_is_no_bot() -> None:
    with answering(answers(200, b"{}")):
        bot = PROVIDERS["telegram"].of("x", PLATFORMS["telegram"])
    with pytest.raises(Rejected, match="is not Telegram; check base_url"):
        await bot.check()
    await bot.close()
