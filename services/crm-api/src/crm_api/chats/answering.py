"""What employees do in a conversation: they take care of it, and they answer; how long the client waited is told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.actions import NO_RULE, PerformAction, Recipient
from contracts.data import JsonObject
from contracts.envelope import Cause
from contracts.ids import derived

from crm_api.chats.conversation import SMS, ChatMessage, Conversation, phone_of
from crm_api.chats.telling import News, tell
from crm_api.store import chats as store

ANSWERED = "chat.answered"
WHOM = "answer:"


class Taken(Exception):
    """Somebody else takes care of the conversation; says who."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts in a conversation, and the road on which what follows goes; `identities` are hashes of the chat."""

    person: str
    outbox: Outbox
    cause: Cause
    knowledge: Knowledge
    identities: tuple[str, ...] = ()

    def about(self, at: datetime) -> About:
        """Say of a message when and why it is sent."""
        return About(at, self.cause, identities=self.identities)


async def accept(tx: Transaction, conversation: Conversation, agent: Agent) -> Conversation:
    """Take care of a conversation; the client who waits has been noticed by it. Raises `Taken`."""
    locked = await store.lock(tx, conversation.id)
    if locked.accepted_by == agent.person:
        return locked
    if locked.accepted_by is not None:
        known = agent.knowledge.people.get(locked.accepted_by)
        raise Taken(f"{known.name if known else locked.accepted_by} takes care of it already")
    await store.accept(tx, locked.id, agent.person)
    if locked.unanswered_since is not None:
        of = derived("chat-accepted", locked.id, locked.unanswered_since.isoformat())
        await reacted(tx, locked, agent, "accepted", of)
    return locked.model_copy(update={"accepted_by": agent.person})


async def answer(tx: Transaction, conversation: Conversation, message: ChatMessage, agent: Agent) -> ChatMessage:
    """Answer the client, once for the message's id; the worker sends it, and says what became of it."""
    locked = await store.lock(tx, conversation.id)
    if not await store.add(tx, message):
        return await store.load(tx, message.id) or message
    await agent.outbox.publish(tx, [agent.outbox.message(topics.ACTIONS["message"], *order(locked, message, agent))])
    if locked.unanswered_since is not None:
        await reacted(tx, locked, agent, "answered", message.id)
    await store.answered(tx, locked.id, message.at)
    return message


async def reacted(tx: Transaction, conversation: Conversation, agent: Agent, how: str, of: UUID) -> None:
    """Announce that a client who waits was answered or accepted, and after how many seconds."""
    now = await tx.now()
    waited = now - (conversation.unanswered_since or now)
    payload = {"how": how, "by": agent.person, "reaction": max(0, int(waited.total_seconds()))}
    await tell(tx, agent.outbox, conversation, News(ANSWERED, of, payload), agent.about(now))


def order(conversation: Conversation, message: ChatMessage, agent: Agent) -> tuple[UUID, PerformAction, About]:
    """Give what the worker is asked to do, under which key, and what is said about it."""
    contact = conversation.contact
    item = next(iter(conversation.items), None) or contact or conversation.id
    action = PerformAction(
        execution=derived("chat-answer", message.id),
        item=item,
        item_type="",
        activation=0,
        rule=NO_RULE,
        rule_key="",
        action="send-message",
        recipients=(Recipient(whom=f"{WHOM}{message.id}", name=conversation.name, contact=contact),),
        # Caps are for what rules send.
        params={
            "text": message.text,
            "routes": [route(conversation, agent.knowledge)],
            "important": True,
        },
        due_at=message.at,
        config=agent.knowledge.revision,
    )
    persons = (contact,) if contact else ()
    return item, action, About(message.at, agent.cause, persons=persons, identities=agent.identities)


def route(conversation: Conversation, knowledge: Knowledge) -> JsonObject:
    """Give the way to the client: the chat, or an SMS through the account that the channel names, else the only one."""
    phone = phone_of(conversation.chat)
    if not phone:
        return {"channel": "chat", "address": conversation.chat}
    source = knowledge.sources.get(conversation.channel)
    connection = str(source.settings.get("connection", "")) if source else ""
    return {"channel": SMS, "address": phone, "connection": connection}
