"""After a restore: brings back the executions that were told of since the backup, from the topic of executions.

What the scheduler said is what it knew; a row over a higher version is kept, with its timer. Copies of items come back
by themselves when the group `rule-scheduler.consume` is rewound to before the backup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from aiokafka.structs import ConsumerRecord
from automation.desk.executions import TIMED, Execution
from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.process import Process
from chassis.received import Reads, read
from chassis.replay import replayed
from chassis.timers import Timer, cancel_timers, set_timers
from contracts import topics
from contracts.envelope import Cause
from contracts.executions import Dispatch, ExecutionRows, latest

from rule_scheduler import store
from rule_scheduler.writing import FIRE

READS = Reads.of((ExecutionRows,))


async def recover(process: Process[Knowledge], since: datetime | None) -> int:
    """Bring executions back, and give how many; broken off, it is simply run once more."""
    recovered = 0
    async for records in replayed(process.kafka, topics.EXECUTIONS, since):
        async with process.database.transaction() as tx:
            recovered += await take(tx, *newest(records, process.kafka.prefix))
    async with process.database.transaction() as tx:
        # What was known of the freshness of topics is not known of what will be read again, nor what was computed last.
        await store.executions.forget_freshness(tx)
        await store.sweeps.begin_anew(tx)
    return recovered


def newest(records: Iterable[ConsumerRecord], prefix: str) -> tuple[list[Execution], list[Dispatch]]:
    """Give each execution as it was last told of whole, or dispatched, in the order of the ids."""
    causes: dict[UUID, Cause] = {}
    told: list[ExecutionRows] = []
    for record in records:
        if received := read(record, READS, prefix):
            told.append(received.data)
            causes |= {row.id: received.envelope.cause for row in received.data.rows}
    rows, dispatched = latest(told)
    return [Execution(rows[id_], causes[id_]) for id_ in sorted(rows)], list(dispatched.values())


async def take(tx: Transaction, told: Sequence[Execution], dispatched: Sequence[Dispatch]) -> int:
    """Keep executions, each only over a lower version, with their timers; give how many were news.

    What was only dispatched since is in the backup, or was brought back before.
    """
    known = await store.executions.by_id(tx, {one.id for one in dispatched})
    gone_on = [replace(known[one.id], row=one.of(known[one.id].row)) for one in dispatched if one.id in known]
    executions = [*told, *gone_on]
    news = await store.executions.recover(tx, [(e, e.row.model_dump_json().encode()) for e in executions])
    rows = [execution.row for execution in executions if execution.row.id in news]
    due = [Timer(row.id, row.due_at) for row in rows if row.state in TIMED and row.due_at is not None]
    await set_timers(tx, FIRE, due)
    await cancel_timers(tx, FIRE, [row.id for row in rows if row.state not in TIMED])
    return len(news)
