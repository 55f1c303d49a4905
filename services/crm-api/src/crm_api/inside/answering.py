"""Answers to the commands of rules: each is kept, once by execution and round, and announced."""

from datetime import datetime

from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.envelope import Cause
from contracts.ids import derived
from contracts.items import CommandCompleted

from crm_api.store import commands as store


async def settle(tx: Transaction, answer: CommandCompleted, now: datetime, outbox: Outbox, cause: Cause) -> None:
    """Keep the first answer to a round, and announce it."""
    await store.answer(tx, answer.execution, answer.round, answer.model_dump(mode="json"), now)
    await announce(tx, answer, now, outbox, cause)


async def announce(tx: Transaction, answer: CommandCompleted, now: datetime, outbox: Outbox, cause: Cause) -> None:
    """Announce an answer behind the change that it answers; its id is the same each time."""
    id_ = derived("command-completed", answer.execution, answer.round)
    about = About(at=now, cause=cause, id=id_)
    await outbox.publish(tx, [outbox.message(topics.ITEMS, answer.item, answer, about)])
