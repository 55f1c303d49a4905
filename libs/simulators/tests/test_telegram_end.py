"""Telegram's end, asked by python-telegram-bot."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import simulators
import telegram
from simulators.receiver import Receiver
from simulators.telegram import SECRET_HEADER
from telegram import error
from telegram.request import HTTPXRequest

CHAT = 5512345


@pytest.fixture
async def bot(sim: simulators.Simulation) -> AsyncIterator[telegram.Bot]:
    async with bot_of(sim, sim.settings.telegram_bot_token.get_secret_value()) as bot:
        yield bot


@asynccontextmanager
async def bot_of(sim: simulators.Simulation, token: str) -> AsyncIterator[telegram.Bot]:
    asking, polling = HTTPXRequest(), HTTPXRequest()
    yield telegram.Bot(token, base_url=f"{sim.http}/bot", request=asking, get_updates_request=polling)
    await asking.shutdown()
    await polling.shutdown()


async def test_the_library_reads_a_message_that_was_accepted(sim: simulators.Simulation, bot: telegram.Bot) -> None:
    message = await bot.send_message(CHAT, "Olá")
    assert (message.text, message.chat.id) == ("Olá", CHAT)
    [accepted] = sim.telegram.accepted
    assert (accepted.chat_id, accepted.text, accepted.message_id) == (CHAT, "Olá", message.message_id)


async def test_who_has_blocked_the_bot_is_forbidden(sim: simulators.Simulation, bot: telegram.Bot) -> None:
    sim.telegram.blocked.add(CHAT)
    with pytest.raises(error.Forbidden, match="bot was blocked by the user"):
        await bot.send_message(CHAT, "Olá")
    assert not sim.telegram.accepted


async def test_a_limit_says_how_long_to_wait(
    sim: simulators.Simulation, bot: telegram.Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    sim.fail("telegram", "status", code=429, retry_after=7)
    with pytest.raises(error.RetryAfter, match="Retry in 0:00:07"):
        await bot.send_message(CHAT, "Olá")


async def test_a_group_that_has_moved_says_where_to(sim: simulators.Simulation, bot: telegram.Bot) -> None:
    sim.telegram.moved[-5] = -1005
    with pytest.raises(error.ChatMigrated) as told:
        await bot.send_message(-5, "Olá")
    assert told.value.new_chat_id == -1005


@pytest.mark.parametrize(("text", "words"), [("x" * 4097, "Message is too long"), ("", "Message text is empty")])
async def test_a_text_that_telegram_would_not_take_is_refused(bot: telegram.Bot, text: str, words: str) -> None:
    with pytest.raises(error.BadRequest, match=words):
        await bot.send_message(CHAT, text)


async def test_another_token_is_nobodys(sim: simulators.Simulation) -> None:
    async with bot_of(sim, "1:wrong") as bot:
        with pytest.raises(error.InvalidToken):
            await bot.send_message(CHAT, "Olá")


async def test_what_a_client_writes_is_an_update_that_the_library_reads(
    client: httpx.AsyncClient, receiver: Receiver, bot: telegram.Bot
) -> None:
    written = {"url": receiver.base, "secret": "s3cret", "chat": CHAT, "text": "Hi", "username": "anareis"}
    [told] = [(await client.post("/_control/telegram/write", json=written)).json()]
    [came] = receiver.got
    assert came.headers[SECRET_HEADER.lower()] == "s3cret"
    update = telegram.Update.de_json(json.loads(came.body), bot)
    assert update.update_id == told["update_id"]
    assert update.message is not None
    assert (update.message.text, update.message.chat.id, update.message.chat.type) == ("Hi", CHAT, "private")
    assert update.message.from_user is not None
    assert update.message.from_user.username == "anareis"
