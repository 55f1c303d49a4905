"""Telegram: updates of a bot, known by the secret token that its webhook was set with.

See *setWebhook* and *Update* in https://core.telegram.org/bots/api. A chat is known as `<source>:<chat id>`, because a
bot can write only to those who wrote to it.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from chassis.problems import Problem
from contracts.config import Source
from contracts.signals import Identity
from starlette.responses import JSONResponse, Response

from trigger_gateway.identities import identities_of
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Told, not_signed, refuse_plainly
from trigger_gateway.timestamps import LATEST

HEADER = "x-telegram-bot-api-secret-token"
KIND = "chat.message"
# What a message holds beside text, in the order in which it is looked for.
ATTACHMENTS = (
    "animation",
    "photo",
    "voice",
    "video",
    "video_note",
    "audio",
    "document",
    "sticker",
    "location",
    "contact",
    "poll",
)


class Chat(msgspec.Struct):
    """Where a message was written."""

    id: int
    type: str


class Sender(msgspec.Struct):
    """Who wrote it."""

    id: int
    first_name: str
    is_bot: bool = False
    last_name: str = ""
    username: str = ""


class SharedContact(msgspec.Struct):
    """A contact that was shared; one's own where its user is the sender."""

    phone_number: str
    user_id: int | None = None


class Message(msgspec.Struct, rename={"sender": "from"}):
    """The members of a message that we read."""

    message_id: int
    date: Annotated[int, msgspec.Meta(ge=0, le=LATEST)]
    chat: Chat
    sender: Sender
    text: str = ""
    caption: str = ""
    contact: SharedContact | None = None


def read(knock: Knock, setup: Setup) -> Told:
    """Verify the secret token, then read the update."""
    if not is_ours(knock.headers.get(HEADER, ""), setup.secrets):
        raise not_signed()
    return tell(knock, setup)


def is_ours(given: str, secrets: tuple[str, ...]) -> bool:
    """Say whether this is one of the secret tokens that are valid now."""
    return any(hmac.compare_digest(given.encode(), secret.encode()) for secret in filter(None, secrets))


def tell(knock: Knock, setup: Setup) -> Told:
    """Read an update; one that is no new message of a client in a private chat is told without a kind."""
    update = read_update(knock.body)
    delivery = str(update.pop("update_id"))
    message = read_message(update.get("message"))
    if message is None or message.sender.is_bot or message.chat.type != "private":
        return Told(delivery, payload={"type": next(iter(update), "")})
    chat = Identity(kind="chat", value=f"{setup.source.id}:{message.chat.id}")
    phones = own_phones(message, setup.portal.country)
    return Told(
        delivery=delivery,
        kind=KIND,
        happened_at=datetime.fromtimestamp(message.date, UTC),
        identities=(chat, *phones),
        payload=payload_of(message, update["message"], setup.source, phones[0].value if phones else ""),
    )


def read_update(body: bytes) -> dict[str, Any]:
    """Read an update; raises a 400 problem for what is no JSON, 422 for JSON that is no update."""
    try:
        update = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.ValidationError:
        update = {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "The body is not JSON", detail="Send the update as JSON in UTF-8.") from None
    if not isinstance(update.get("update_id"), int):
        raise Problem(422, "This is not an update of Telegram", detail="It has no update_id.")
    return update


def read_message(written: object) -> Message | None:
    """Read a message, None for what is none."""
    try:
        return msgspec.convert(written, Message)
    except msgspec.ValidationError:
        return None


def payload_of(message: Message, written: Mapping[str, Any], source: Source, phone: str) -> dict[str, Any]:
    """Give what rules and triggers may read of a message; `type` is what it holds, which its text stands for."""
    sender = message.sender
    held = next((one for one in ATTACHMENTS if one in written), "text")
    text = message.text or message.caption
    payload = {
        "channel": source.id,
        "chat": f"{source.id}:{message.chat.id}",
        "message": str(message.message_id),
        "type": held,
        "text": text if held == "text" else f"[{held.replace('_', ' ')}] {text}".strip(),
        "name": " ".join(filter(None, (sender.first_name, sender.last_name))),
        "username": sender.username,
        "phone": phone,
    }
    return {key: value.replace("\x00", "") for key, value in payload.items() if value}


def own_phones(message: Message, country: str) -> tuple[Identity, ...]:
    """Give the sender's own phone number, where this shares it."""
    shared = message.contact
    if shared is None or shared.user_id != message.sender.id:
        return ()
    return identities_of("phone", f"+{shared.phone_number.removeprefix('+')}", country)


def answer(_: Knock, __: Setup, ___: Taken) -> Response:
    """Answer 200 to all that is kept: for Telegram anything else means *send it again*."""
    return JSONResponse({})


SOURCE = SourceKind("telegram", read, answer, refuse_plainly, retell=tell)
