"""The role `timeline`: keeps the rows of rules as the scheduler tells them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.consumer import Reader
from chassis.database import Transaction, encode_json
from chassis.process import Process
from chassis.received import Reads, Received
from contracts import topics
from contracts.executions import ExecutionRow, ExecutionRows

from crm_api.record.journal import Entry
from crm_api.store import journal as stored_journal
from crm_api.store import timeline as store


def timeline_reader(_: Process[Knowledge]) -> Reader:
    """Give the reader of `automation.executions`; apart, so that a flood of rows never delays a payment."""
    return Reader(
        group="crm-api.timeline",
        topics=(topics.EXECUTIONS,),
        reads=Reads.of((ExecutionRows,)),
        handle=keep,
        rest=0.1,
    )


async def keep(tx: Transaction, batch: Sequence[Received]) -> None:
    """Keep the rows of a batch, each over a lower version only; the journal has each that was news."""
    newest = latest(row for received in batch for row in received.data.rows)
    kept = await store.keep(tx, newest)
    now = await tx.now()
    news = [row for row in newest if row.id in kept]
    await stored_journal.write(tx, [entry(row, now) for row in news])


def latest(rows: Iterable[ExecutionRow]) -> list[ExecutionRow]:
    """Give the highest version of each row, in the order of the ids."""
    newest: dict[UUID, ExecutionRow] = {}
    for row in rows:
        if row.id not in newest or newest[row.id].version < row.version:
            newest[row.id] = row
    return [newest[id_] for id_ in sorted(newest)]


def entry(row: ExecutionRow, at: datetime) -> Entry:
    """Make the journal's entry of a row."""
    body = encode_json({"data": row.model_dump(mode="json")})
    return Entry(at, ExecutionRows.TYPE, str(row.item), body)
