"""What conversations announce as signals of our own: the first message, and that the client was answered."""

from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.data import JsonObject
from contracts.ids import derived
from contracts.signals import Identity, Signal

from crm_api.chats.conversation import SMS, Conversation, phone_of

SOURCE = "crm-api"


@dataclass(frozen=True, slots=True)
class News:
    """Something of this kind happened in a conversation; `of` is the thing that it is told of, once."""

    kind: str
    of: UUID
    payload: JsonObject


async def tell(tx: Transaction, outbox: Outbox, conversation: Conversation, news: News, about: About) -> None:
    """Announce what happened as a signal, known by the conversation's chat, or the phone of one by SMS."""
    id_ = derived(news.kind, news.of)
    phone = phone_of(conversation.chat)
    channel = SMS if phone else conversation.channel
    identity = Identity(kind="phone", value=phone) if phone else Identity(kind="chat", value=conversation.chat)
    signal = Signal(
        id=id_,
        kind=news.kind,
        source=SOURCE,
        happened_at=about.at,
        identities=(identity,),
        payload={**news.payload, "channel": channel, "chat": conversation.chat},
    )
    persons = (conversation.contact,) if conversation.contact else ()
    about = replace(about, id=id_, persons=persons)
    # The key that the messages of the chat have, so that it stays behind them.
    await outbox.publish(tx, [outbox.message(topics.SIGNALS, f"{identity.kind}:{identity.value}", signal, about)])
