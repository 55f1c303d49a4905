"""What became of messages to chats, as the worker tells it: of employees' answers, and of what rules wrote."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from chassis.database import Transaction
from contracts.outcomes import EffectOutcome

from crm_api.chats.answering import WHOM
from crm_api.chats.conversation import ChatMessage
from crm_api.store import chats as store

CHAT = "chat"
REACHED = frozenset({"sent", "confirmed"})


async def keep(tx: Transaction, told: Iterable[EffectOutcome]) -> None:
    """Keep what became of messages, of each the highest version; what a rule wrote is a message once it is sent."""
    newest = latest(told)
    await add_written(tx, [one for id_, one in sorted(newest.items()) if id_ == one.effect])
    await store.became(tx, [(id_, one.state, one.version, one.reason) for id_, one in sorted(newest.items())])


def latest(told: Iterable[EffectOutcome]) -> dict[UUID, EffectOutcome]:
    """Give of each message that outcomes are about the one with the highest version."""
    newest: dict[UUID, EffectOutcome] = {}
    for one in told:
        id_ = message_of(one)
        if id_ is not None and (id_ not in newest or newest[id_].version < one.version):
            newest[id_] = one
    return newest


async def add_written(tx: Transaction, written: Sequence[EffectOutcome]) -> None:
    """Add what rules wrote to the conversations of their chats; a chat that nobody knows has none."""
    if not written:
        return
    known = await store.of_chats(tx, {str(one.results[CHAT]) for one in written})
    for one in written:
        conversation = known.get(str(one.results[CHAT]))
        if conversation is not None:
            text = str(one.results.get("text", ""))
            await store.add(tx, ChatMessage(id=one.effect, conversation=conversation, way="out", at=one.at, text=text))


def message_of(told: EffectOutcome) -> UUID | None:
    """Give the message that an outcome is about, None where it is about something else."""
    if told.whom.startswith(WHOM):
        return UUID(told.whom.removeprefix(WHOM))
    return told.effect if told.state in REACHED and told.results.get("channel") == CHAT else None
