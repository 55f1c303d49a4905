"""Telegram: `sendMessage` of the Bot API; see https://core.telegram.org/bots/api#making-requests."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

import httpx
from chassis.errors import Rejected
from typing_extensions import override

from action_workers.answers import Sent
from action_workers.providers import asking
from action_workers.providers.accounts import Account, Provider, Token, Works, read_account
from action_workers.traffic.limits import Limits

WHO = "Telegram"
# A token that no bot has is not found.
UNKNOWN_BOT = frozenset({401, 404})
MOVED = "migrate_to_chat_id"
WORDS = {
    "bot was blocked by the user": "the client has blocked the bot",
    "user is deactivated": "the client has closed their account",
    "chat not found": "there is no such chat with this bot",
    "message is too long": "the text is longer than 4096 characters",
}


class TelegramAccount(Account):
    """A bot, by the token that BotFather gave."""

    base_url: str = "https://api.telegram.org"
    bot_token: Token


class Telegram(Provider):
    """Writes to chats. Telegram takes no key: a request without an answer must not be repeated."""

    NAME: ClassVar[str] = "telegram"
    # All chats together: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    LIMITS: ClassVar[Limits] = Limits(per_second=30)

    def __init__(self, account: TelegramAccount) -> None:
        self.account: TelegramAccount = account
        self._http = asking.client(account.base_url)

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(TelegramAccount, connection, values))

    @override
    async def close(self) -> None:
        await self._http.aclose()

    @override
    async def check(self) -> Works:
        response = await asking.look(self._http, WHO, "GET", self._path("getMe"))
        if not response.is_success:
            raise refusal(response)
        bot = asking.seen(response, WHO).get("result")
        if not isinstance(bot, dict):
            raise Rejected(f"what answers at {self.account.base_url} is not Telegram; check base_url of the connection")
        name, shown = f"@{bot.get('username', '')}", str(bot.get("first_name", ""))
        return Works(f"Telegram knows the bot {name} ({shown})", {"bot": name, "name": shown})

    async def send_message(self, chat: str, text: str) -> Sent:
        """Write to a chat; one that has moved refuses, and is written to where it is now."""
        response = await self._ask(chat, text)
        moved = parameters(response).get(MOVED)
        if moved is not None:
            response = await self._ask(str(moved), text)
        if not response.is_success:
            raise refusal(response)
        told = asking.body(response, WHO)
        if told.get("ok") is False:
            raise refusal(response)
        sent = told.get("result")
        number = str(sent.get("message_id", "")) if isinstance(sent, dict) else ""
        return Sent(number, {"message": number})

    async def _ask(self, chat: str, text: str) -> httpx.Response:
        message = {"chat_id": chat, "text": text}
        return await asking.ask(self._http, WHO, "POST", self._path("sendMessage"), json=message)

    def _path(self, method: str) -> str:
        return f"/bot{self.account.bot_token.get_secret_value()}/{method}"


def parameters(response: httpx.Response) -> Mapping[str, Any]:
    """Give what a refusal says of how to go on."""
    told = asking.error_body(response).get("parameters")
    return told if isinstance(told, dict) else {}


def refusal(response: httpx.Response) -> Exception:
    """Read what Telegram has against a request."""
    told = asking.error_body(response)
    status = asking.number(told.get("error_code")) or response.status_code
    if status in UNKNOWN_BOT:
        return Rejected(f"Telegram refuses the bot's token; check the bot_token of the connection ({status})")
    if asking.is_transient(status):
        return asking.later(f"Telegram answered {status}", status, wait(response))
    said = str(told.get("description", "")).rpartition(": ")[2]
    return Rejected(f"{WORDS.get(said, said or 'Telegram refused')} (Telegram {status})")


def wait(response: httpx.Response) -> timedelta | None:
    """Give how long Telegram asks us to wait."""
    return asking.retry_after(response, asking.pause(parameters(response).get("retry_after")))
