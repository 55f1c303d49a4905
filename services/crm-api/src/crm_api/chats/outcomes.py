"""What became of employees' answers, as the worker tells it."""

from collections.abc import Sequence
from uuid import UUID

from chassis.consumer import Reader
from chassis.database import Transaction
from chassis.received import Reads, Received
from contracts import topics
from contracts.outcomes import EffectOutcome

from crm_api.chats.answering import WHOM
from crm_api.store import chats as store


def outcomes_reader() -> Reader:
    """Give the reader of `actions.outcomes`; what rules do is told by the scheduler."""
    return Reader(group="crm-api.chats", topics=(topics.OUTCOMES,), reads=Reads.of((EffectOutcome,)), handle=keep)


async def keep(tx: Transaction, batch: Sequence[Received]) -> None:
    """Keep what became of the answers of a batch; of each the highest version."""
    newest: dict[UUID, EffectOutcome] = {}
    for received in batch:
        told: EffectOutcome = received.data
        if told.whom.startswith(WHOM):
            id_ = UUID(told.whom.removeprefix(WHOM))
            if id_ not in newest or newest[id_].version < told.version:
                newest[id_] = told
    await store.became(tx, [(id_, one.state, one.version, one.reason) for id_, one in sorted(newest.items())])
