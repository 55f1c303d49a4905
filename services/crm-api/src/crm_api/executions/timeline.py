"""The role `timeline`: keeps the rows of rules as the scheduler tells them, and what workers tell beside that."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from automation.knowledge import Knowledge
from chassis.database import Transaction, encode_json
from chassis.handling import Reader
from chassis.process import Process
from chassis.received import Reads, Received
from contracts import topics
from contracts.executions import Dispatch, ExecutionRow, ExecutionRows, latest
from contracts.outcomes import EffectOutcome
from contracts.suppressions import SuppressionChanged
from contracts.tries import ConnectionTried

from crm_api.chats import outcomes
from crm_api.record.journal import Entry
from crm_api.store import journal as stored_journal
from crm_api.store import suppressions as stored_suppressions
from crm_api.store import timeline as store
from crm_api.store import tries as stored_tries

log = structlog.get_logger()


def timeline_reader(_: Process[Knowledge]) -> Reader:
    """Give the reader of executions and outcomes; apart, so that a flood of rows never delays a payment."""
    return Reader(
        group="crm-api.timeline",
        topics=(topics.EXECUTIONS, topics.OUTCOMES, topics.TRIES, topics.SUPPRESSIONS),
        reads=Reads.of((ExecutionRows, EffectOutcome, ConnectionTried, SuppressionChanged)),
        handle=keep,
        rest=0.1,
    )


async def keep(tx: Transaction, batch: Sequence[Received]) -> None:
    """Keep what a batch tells."""
    rows = [received.data for received in batch if isinstance(received.data, ExecutionRows)]
    if rows:
        await keep_rows(tx, rows)
    await outcomes.keep(tx, [received.data for received in batch if isinstance(received.data, EffectOutcome)])
    for received in batch:
        if isinstance(received.data, ConnectionTried):
            await stored_tries.answer(tx, received.data)
    told = (received.data for received in batch if isinstance(received.data, SuppressionChanged))
    await stored_suppressions.follow(tx, told)


async def keep_rows(tx: Transaction, told: Sequence[ExecutionRows]) -> None:
    """Keep rows, each over a lower version only; the journal has each that was news."""
    rows, dispatched = latest(told)
    rows |= await dispatches(tx, dispatched)
    newest = [rows[id_] for id_ in sorted(rows)]
    kept = await store.keep(tx, newest)
    now = await tx.now()
    news = [row for row in newest if row.id in kept]
    await stored_journal.write(tx, [entry(row, now) for row in news])


async def dispatches(tx: Transaction, dispatched: Mapping[UUID, Dispatch]) -> dict[UUID, ExecutionRow]:
    """Give rows that were told before as they are dispatched; one that was never told is told whole when it ends."""
    known = await store.executions(tx, dispatched)
    for id_ in dispatched.keys() - known.keys():
        log.warning("timeline: a dispatch of what was never told; announce executions", execution=str(id_))
    return {id_: dispatched[id_].of(row) for id_, row in known.items()}


def entry(row: ExecutionRow, at: datetime) -> Entry:
    """Make the journal's entry of a row."""
    body = encode_json({"data": row.model_dump(mode="json")})
    return Entry(at, ExecutionRows.TYPE, str(row.item), body)
