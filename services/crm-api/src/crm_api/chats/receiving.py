"""What clients write: kept in the conversation of its chat, once, in the transaction that decides its signal."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.outbox import About
from contracts.data import JsonObject
from contracts.elements import ElementField, FieldKind
from contracts.envelope import Envelope
from contracts.signals import Identity, Signal

from crm_api.chats.conversation import ChatMessage, Conversation, chat_of, phone_of
from crm_api.chats.telling import News, tell
from crm_api.fields import several
from crm_api.intake.contacts import CONTACT
from crm_api.intake.creating import accepted, note_unread
from crm_api.intake.payloads import filled
from crm_api.record.changing import Changes
from crm_api.store import chats as store

MESSAGE = "chat.message"
FIRST = "chat.first_message"
MOST_CHATS = 20
SECOND = 1_000_000


def chats(identities: Iterable[Identity]) -> list[str]:
    """Give the chats among the identities of a signal."""
    return [one.value for one in identities if one.kind == "chat"]


async def receive(
    changes: Changes, signal: Signal, contact: UUID | None, items: Collection[UUID], envelope: Envelope
) -> None:
    """Keep a message, and what it concerns; the first one ever of a chat is announced as such.

    A second time, as when a person decides a signal that was held, only adds what it concerns.
    """
    chat = chat_of(signal)
    if signal.kind != MESSAGE or not chat:
        return
    began = Conversation(
        id=signal.id,
        channel=signal.source,
        chat=chat,
        name=str(signal.payload.get("name", "")),
        began_at=changes.now,
        last_at=changes.now,
    )
    is_first = await store.begin(changes.tx, began)
    conversation = await store.of_chat(changes.tx, chat) or began
    if await store.add(changes.tx, message_of(signal, conversation)):
        await store.waits(changes.tx, conversation.id, signal.happened_at)
    await store.concerns(changes.tx, conversation.id, items, contact)
    if contact is not None and not phone_of(chat):
        await know(changes, contact, chat, str(signal.payload.get("phone", "")))
    if is_first:
        about = About(signal.happened_at, envelope.follow(actor="system"), identities=envelope.identities)
        conversation = conversation.model_copy(update={"contact": contact})
        news = News(FIRST, conversation.id, dict(signal.payload))
        await tell(changes.tx, changes.outbox, conversation, news, about)


def message_of(signal: Signal, conversation: Conversation) -> ChatMessage:
    """Make the message that a signal tells of."""
    told = signal.payload
    return ChatMessage(
        id=signal.id,
        conversation=conversation.id,
        way="in",
        at=in_order(signal.happened_at, str(told.get("message", ""))),
        author=str(told.get("name", "")),
        type=str(told.get("type", "text")),
        text=str(told.get("text", "")),
    )


def in_order(at: datetime, number: str) -> datetime:
    """Give the place of a message in time: messengers tell whole seconds, and number what comes within one."""
    if at.microsecond or not (number.isascii() and number.isdecimal()):
        return at
    return at + timedelta(microseconds=int(number[-15:]) % SECOND)


async def know(changes: Changes, contact: UUID, chat: str, phone: str) -> None:
    """Put the chat first among those of a contact, and take the phone that they tell where there is none yet.

    A phone that only one contact may have, and another has, is left out, and the contact's timeline says so.
    """
    locked = (await changes.lock([contact])).get(contact)
    if locked is None or locked.deleted:
        return
    told = filled(changes.knowledge, CONTACT, reachable(changes.knowledge, locked.fields, chat, phone))
    read = await accepted(changes, CONTACT, told)
    changes.set_fields(contact, read.fields, "a message in a chat")
    note_unread(changes, contact, read.unread)


def reachable(knowledge: Knowledge, held: JsonObject, chat: str, phone: str) -> JsonObject:
    """Give by which fields a contact can be reached now, of those that it holds."""
    values: JsonObject = {}
    if field := first_field(knowledge, "chat"):
        values[field.key] = with_chat(field, held.get(field.key), chat)
    if phone and (field := first_field(knowledge, "phone")) and not held.get(field.key):
        values[field.key] = [phone] if field.multiple else phone
    return values


def first_field(knowledge: Knowledge, kind: FieldKind) -> ElementField | None:
    """Give the first field of this kind that contacts have."""
    return next((field for field in knowledge.fields(CONTACT).values() if field.kind == kind), None)


def with_chat(field: ElementField, held: Any, chat: str) -> Any:
    """Give the value of a field with the chat first, or as the only one that it can hold."""
    others = [one for one in several(held) if one != chat]
    return [chat, *others][:MOST_CHATS] if field.multiple else chat
