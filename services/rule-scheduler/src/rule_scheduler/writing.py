"""Writes what changed on a desk: each table in one statement, the timers, and one message per partition of rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Transaction
from chassis.outbox import About
from chassis.timers import Timer, cancel_timers, set_timers
from contracts import topics
from contracts.executions import ExecutionRows
from contracts.messages import Message

from rule_scheduler import store
from rule_scheduler.desk import Desk
from rule_scheduler.executions import TIMED, Execution

# Timers of FIRE have the ids of executions, those of REPLAN the ids of items to compute afresh.
FIRE = "fire"
REPLAN = "replan"
# What is due but paused or unread looks again a little later, and says so in its timer.
HELD = b"held"
LARGEST_ROWS = 500_000


async def write(tx: Transaction, desk: Desk, *, look_again: timedelta, claimed: frozenset[UUID] = frozenset()) -> None:
    """Write all that changed; timers in `claimed` are left to whoever fires them."""
    await store.copies.write(tx, [desk.copies[i] for i in desk.changed_copies])
    await store.copies.relink(tx, [desk.copies[i] for i in desk.relinked])
    await store.signals.forget(tx, desk.entered)
    await store.signals.keep(tx, desk.signals)
    changed = [(e, e.row.model_dump_json().encode()) for e in (desk.executions[i] for i in desk.changed)]
    await store.executions.write(tx, changed)
    await store.executions.spend(tx, desk.spent)
    await _write_timers(tx, desk, look_again, claimed)
    await _wake_dependants(tx, desk)
    rows = [desk.outbox.parcel(message) for message in announced(desk, changed)]
    await desk.outbox.put(tx, [*rows, *desk.parcels])


async def _write_timers(tx: Transaction, desk: Desk, look_again: timedelta, claimed: frozenset[UUID]) -> None:
    held = [Timer(i, desk.now + look_again, HELD) for i in sorted(desk.held)]
    await set_timers(tx, FIRE, [*to_fire(desk), *held])
    await cancel_timers(tx, FIRE, sorted(over_timers(desk) - claimed))


async def _wake_dependants(tx: Transaction, desk: Desk) -> None:
    if desk.touched:
        await tx.finish()  # what this very batch planned may depend on what it changed
    found = await store.copies.dependants(tx, desk.touched)
    await set_timers(tx, REPLAN, [Timer(i, desk.now, desk.touched[of].encode()) for i, of in found.items()])


def to_fire(desk: Desk) -> list[Timer]:
    """Give the timers to set: of each changed row that waits for a moment, and of those that were woken."""
    moments: dict[UUID, datetime] = {}
    for execution_id in (*desk.changed, *desk.awake):
        row = desk.executions[execution_id].row
        if row.state in TIMED and row.due_at is not None and row.id not in desk.held:
            moments[row.id] = row.due_at
    return [Timer(i, moments[i]) for i in sorted(moments)]


def over_timers(desk: Desk) -> set[UUID]:
    """Give the executions whose timer must go: those that waited for a moment and do not any more."""
    return {i for i in desk.had_timer if desk.executions[i].row.state not in TIMED}


def announced(desk: Desk, changed: Sequence[tuple[Execution, bytes]]) -> Iterator[Message]:
    """Give the messages that announce changed rows, those of one partition together."""
    partitions: dict[int, list[tuple[Execution, bytes]]] = {}
    for execution, document in changed:
        partition = desk.outbox.kafka.partition(topics.EXECUTIONS, str(execution.row.item))
        partitions.setdefault(partition, []).append((execution, document))
    for part in partitions.values():
        for chunk in chunked(part):
            first = chunk[0]
            persons = {person for e in chunk for person in desk.persons(e.row.item)}
            about = About(at=desk.now, cause=first.cause, persons=tuple(sorted(persons)))
            rows = ExecutionRows(rows=tuple(e.row for e in chunk))
            yield desk.outbox.message(topics.EXECUTIONS, first.row.item, rows, about)


def chunked(part: Iterable[tuple[Execution, bytes]]) -> Iterator[list[Execution]]:
    """Split rows so that each message stays far below what may travel."""
    chunk: list[Execution] = []
    size = 0
    for execution, document in part:
        if chunk and size + len(document) > LARGEST_ROWS:
            yield chunk
            chunk, size = [], 0
        chunk.append(execution)
        size += len(document)
    if chunk:
        yield chunk
