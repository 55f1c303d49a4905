"""After a restore: conversations, by what was told of them since the backup.

1. What clients wrote stands in the commands that had their signals decided. A conversation that the backup does not
   have begins again with the message that was announced as its first; a message that was not decided before comes with
   the group `crm-api.consume`, and begins its conversation then.
2. What employees answered stands in the orders to the worker; who took care of it, in what was told of their wait.
3. What it concerns, who waits, and since when, follows from the messages.

What rules wrote, and what became of answers, comes with the group `crm-api.timeline`. Not told, and so not known again:
that somebody took care of a conversation in which nobody waited.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.process import Process
from chassis.received import Reads, Received, Unreadable, read
from chassis.replay import replayed
from contracts import topics
from contracts.actions import PerformAction
from contracts.commands import ApplySignal
from contracts.data import Data
from contracts.ids import derived
from contracts.messages import BY_TYPE
from contracts.signals import Signal
from contracts.topics import Topic

from crm_api.chats.answering import ANSWERED, WHOM
from crm_api.chats.conversation import ChatMessage, Conversation, chat_of
from crm_api.chats.receiving import FIRST, MESSAGE, message_of
from crm_api.chats.telling import SOURCE
from crm_api.store import chats as stored
from crm_api.store import recovered_chats as store


@dataclass
class ConversationRecovery:
    """One recovery of conversations; `first` are the ids under which first messages were announced."""

    tx: Transaction
    first: set[UUID] = field(default_factory=set)
    accepted: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    touched: set[UUID] = field(default_factory=set)
    added: set[UUID] = field(default_factory=set)

    def hear(self, told: Sequence[Received]) -> None:
        """Take what conversations announced."""
        for signal in (one.data for one in told if one.data.source == SOURCE):
            if signal.kind == FIRST:
                self.first.add(signal.id)
            elif signal.kind == ANSWERED and signal.payload.get("how") == "accepted":
                chat, at = str(signal.payload["chat"]), signal.happened_at
                if chat not in self.accepted or self.accepted[chat][0] < at:
                    self.accepted[chat] = at, str(signal.payload["by"])

    async def write(self, told: Sequence[Received]) -> None:
        """Take what clients wrote, in its order."""
        written = [
            (one, chat) for one in told if one.data.signal.kind == MESSAGE and (chat := chat_of(one.data.signal))
        ]
        known = await stored.of_chats(self.tx, {chat for _, chat in written})
        for one, chat in written:
            signal = one.data.signal
            conversation = begun(signal, chat, one.envelope.time)
            if chat not in known and derived(FIRST, signal.id) in self.first:
                await stored.begin(self.tx, conversation)
                known[chat] = conversation.id
            if chat in known:
                await self._add(message_of(signal, conversation.model_copy(update={"id": known[chat]})))

    async def answer(self, told: Sequence[Received]) -> None:
        """Take what employees answered."""
        for one in told:
            whom = one.data.recipients[0].whom
            if not whom.startswith(WHOM):
                continue
            address = str(one.data.params["routes"][0]["address"])
            conversation = await store.of_address(self.tx, address)
            if conversation is not None:
                await self._add(
                    ChatMessage(
                        id=UUID(whom.removeprefix(WHOM)),
                        conversation=conversation,
                        way="out",
                        at=one.data.due_at,
                        author=one.envelope.cause.actor.removeprefix("user:"),
                        text=str(one.data.params["text"]),
                        state="planned",
                    )
                )

    async def settle(self) -> None:
        """Say of each conversation what follows from its messages."""
        await store.settle(self.tx, self.touched, self.added)
        for chat, (at, person) in self.accepted.items():
            await store.accepted(self.tx, chat, person, at)

    async def _add(self, message: ChatMessage) -> None:
        if await stored.add(self.tx, message):
            self.touched.add(message.conversation)
            self.added.add(message.id)


async def recover(tx: Transaction, process: Process[Knowledge], since: datetime | None) -> int:
    """Bring conversations back, once the items are there; give how many messages that were."""
    recovery = ConversationRecovery(tx)
    async for batch in told(process, topics.SIGNALS, Signal, since):
        recovery.hear(batch)
    async for batch in told(process, topics.COMMANDS, ApplySignal, since):
        await recovery.write(batch)
    async for batch in told(process, topics.ACTIONS["message"], PerformAction, since):
        await recovery.answer(batch)
    await recovery.settle()
    return len(recovery.added)


async def told(
    process: Process[Knowledge], topic: Topic, kind: type[Data], since: datetime | None
) -> AsyncIterator[list[Received]]:
    """Give the messages of one kind on a topic, in batches; what nobody can read is a dead letter of its reader's."""
    reads = Reads(frozenset({kind.TYPE}), frozenset(BY_TYPE) - {kind.TYPE})
    async for records in replayed(process.kafka, topic, since):
        found = []
        for record in records:
            try:
                one = read(record, reads, process.kafka.prefix)
            except Unreadable:
                continue
            if one is not None:
                found.append(one)
        yield found


def begun(signal: Signal, chat: str, at: datetime) -> Conversation:
    """Give the conversation that a message begins."""
    name = str(signal.payload.get("name", ""))
    return Conversation(id=signal.id, channel=signal.source, chat=chat, name=name, began_at=at, last_at=at)
