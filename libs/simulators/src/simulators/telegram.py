"""Telegram's end: `sendMessage` and `getMe` of the Bot API, and clients who write to a bot."""

import re
from itertools import count
from typing import Any, Literal

import httpx
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, read_form
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.settings import Settings

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the name of a header
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LONGEST = 4096
WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


class ChatMessage(Accepted):
    """A message that a bot sent to a chat."""

    provider: Literal["telegram"] = "telegram"
    message_id: int
    chat_id: int
    text: str


class Written(BaseModel):
    """A client writes to a bot: to which webhook it goes, and what it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    secret: str = Field(pattern=SECRET.pattern)
    chat: int
    text: str = ""
    first_name: str = "Ana"
    last_name: str = ""
    username: str = ""
    date: int = 1_772_442_000
    update_id: int | None = None
    more: dict[str, Any] = Field(default_factory=dict)


class Delivered(BaseModel):
    """What the webhook answered to an update."""

    update_id: int
    status: int


class Telegram:
    """Takes messages of one bot for the chats that have not blocked it."""

    def __init__(self, settings: Settings, faults: Faults, journal: Journal, client: httpx.AsyncClient) -> None:
        self.accepted = Records("telegram", ChatMessage, journal)
        self.blocked: set[int] = set()
        self.gone: set[int] = set()
        self.moved: dict[int, int] = {}
        self._token = settings.telegram_bot_token.get_secret_value()
        self._faults = faults
        self._client = client
        self._numbers = count(1)

    def clear(self) -> None:
        """Forget which chats have blocked the bot, are gone or have moved."""
        self.blocked.clear()
        self.gone.clear()
        self.moved.clear()

    def router(self) -> APIRouter:
        """Give the paths of the API, and the control calls of this end."""
        router = APIRouter()
        router.add_api_route("/bot{token}/sendMessage", self.send_message, methods=["POST"])
        router.add_api_route("/bot{token}/getMe", self.get_me, methods=["GET", "POST"])
        router.add_api_route("/_control/telegram/write", self.write, methods=["POST"])
        router.add_api_route("/_control/telegram/blocked", self.block, methods=["PUT"], status_code=204)
        return router

    async def send_message(self, request: Request, token: str) -> Response:
        """Answer a request to send a message."""
        if token != self._token:
            return refusal(401)
        try:
            written = request.headers.get("content-type", "")
            asked = await request.json() if written == "application/json" else await read_form(request)
            chat, text = int(asked["chat_id"]), str(asked.get("text", ""))
        except (ValueError, TypeError, KeyError, AttributeError):
            return refusal(400, "chat_id is empty")
        return await answer(self._faults.take("telegram", str(chat)), lambda: self._accept(chat, text), _refuse)

    async def get_me(self, token: str) -> Response:
        """Show the bot."""
        if token != self._token:
            return refusal(401)
        bot = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "The shop", "username": "shop_bot"}
        return await answer(self._faults.take("telegram"), lambda: JSONResponse({"ok": True, "result": bot}), _refuse)

    async def write(self, written: Written) -> Delivered:
        """Deliver an update as Telegram does, once; its id rises by itself where none is named."""
        number = next(self._numbers)
        update_id = written.update_id or number
        user = {"id": written.chat, "is_bot": False, "first_name": written.first_name}
        user |= {k: v for k in ("last_name", "username") if (v := getattr(written, k))}
        message: dict[str, Any] = {
            "message_id": number,
            "date": written.date,
            "chat": {"id": written.chat, "type": "private", "first_name": written.first_name},
            "from": user,
            **({"text": written.text} if written.text else {}),
            **written.more,
        }
        update = {"update_id": update_id, "message": message}
        response = await self._client.post(written.url, json=update, headers={SECRET_HEADER: written.secret})
        return Delivered(update_id=update_id, status=response.status_code)

    async def block(self, chats: set[int]) -> None:
        """Say which chats have blocked the bot."""
        self.blocked = chats

    def _accept(self, chat: int, text: str) -> Response:
        if objection := self._objection(chat, text):
            return objection
        message = ChatMessage(message_id=len(self.accepted) + 1, chat_id=chat, text=text)
        self.accepted.add(message)
        shown = {
            "message_id": message.message_id,
            "date": int(message.received_at.timestamp()),
            "chat": {"id": chat, "type": "private", "first_name": "Ana"},
            "text": text,
        }
        return JSONResponse({"ok": True, "result": shown})

    def _objection(self, chat: int, text: str) -> Response | None:
        if chat in self.moved:
            words = "group chat was upgraded to a supergroup chat"
            return refusal(400, words, migrate_to_chat_id=self.moved[chat])
        checks = (
            (chat in self.gone, 400, "chat not found"),
            (chat in self.blocked, 403, "bot was blocked by the user"),
            (not text, 400, "message text is empty"),
            (len(text) > LONGEST, 400, "message is too long"),
        )
        return next((refusal(status, words) for wrong, status, words in checks if wrong), None)


def refusal(status: int, words: str = "", **parameters: int) -> Response:
    """Refuse as Telegram does."""
    said = ": ".join(filter(None, (WORDS.get(status, "Internal Server Error"), words)))
    content: dict[str, Any] = {"ok": False, "error_code": status, "description": said}
    return JSONResponse(content | ({"parameters": parameters} if parameters else {}), status)


def _refuse(fault: Fault) -> Response:
    if fault.retry_after is None:
        return refusal(fault.code or 503, fault.body or "simulated refusal")
    return refusal(fault.code or 429, f"retry after {fault.retry_after}", retry_after=fault.retry_after)
