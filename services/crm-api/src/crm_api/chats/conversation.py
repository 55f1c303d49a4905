"""What a conversation is: a chat with a client in one channel, and the messages that went in and out."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.data import Part
from contracts.signals import Signal

Way = Literal["in", "out"]
SMS = "sms"
LONGEST_ANSWER = 4096  # characters; what Telegram takes


class Conversation(Part):
    """One chat: `channel` is the source that it came by, `chat` its address, `name` what the client is called there.

    `items` are those that its messages have reached. `unanswered_since` is when the first message came that nobody has
    answered, `accepted_by` who takes care of it.
    """

    id: UUID
    channel: str
    chat: str
    contact: UUID | None = None
    name: str = ""
    items: tuple[UUID, ...] = ()
    began_at: datetime
    last_at: datetime
    unanswered_since: datetime | None = None
    accepted_by: str | None = None


def chat_of(signal: Signal) -> str:
    """Give the chat in which a client wrote; who writes SMS has one by their number, `<source>:+…`; "" for none."""
    known = {one.kind: one.value for one in reversed(signal.identities)}
    by_sms = signal.payload.get("channel") == SMS and "phone" in known
    return f"{signal.source}:{known['phone']}" if by_sms else known.get("chat", "")


def phone_of(chat: str) -> str:
    """Give the phone of a chat by SMS, "" for any other: messengers give their chats no such names."""
    _, _, address = chat.rpartition(":")
    return address if address.startswith("+") else ""


class ChatMessage(Part):
    """One message: of the client (`in`), or of an employee (`out`), with what became of it.

    `type` is what it holds (`text`, `photo`, `voice`, …); `text` stands for what is no text.
    """

    id: UUID
    conversation: UUID
    way: Way
    at: datetime
    author: str = ""
    type: str = "text"
    text: str = ""
    state: str = "received"
    reason: str = ""
