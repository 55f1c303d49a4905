"""What became of messages to chats, as the worker tells it: of employees' answers, and of what rules wrote."""

from collections.abc import Iterable
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
    newest: dict[UUID, EffectOutcome] = {}
    for one in told:
        id_ = message_of(one)
        if id_ is not None and (id_ not in newest or newest[id_].version < one.version):
            newest[id_] = one
    written = {id_: one for id_, one in newest.items() if id_ == one.effect}
    known = await store.of_chats(tx, {str(one.results[CHAT]) for one in written.values()}) if written else {}
    for id_, one in sorted(written.items()):
        conversation = known.get(str(one.results[CHAT]))
        if conversation is not None:
            text = str(one.results.get("text", ""))
            await store.add(tx, ChatMessage(id=id_, conversation=conversation, way="out", at=one.at, text=text))
    await store.became(tx, [(id_, one.state, one.version, one.reason) for id_, one in sorted(newest.items())])


def message_of(told: EffectOutcome) -> UUID | None:
    """Give the message that an outcome is about, None where it is about something else."""
    if told.whom.startswith(WHOM):
        return UUID(told.whom.removeprefix(WHOM))
    return told.effect if told.state in REACHED and told.results.get("channel") == CHAT else None
