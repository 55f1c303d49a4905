"""Writes what changed on a desk: each table in one statement, the timers, and one message per partition of rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.timers import over_timers, to_fire
from chassis.database import Transaction
from chassis.outbox import About, Outbox
from chassis.timers import Timer, cancel_timers, set_timers
from contracts import topics
from contracts.executions import ExecutionRows
from contracts.messages import Message

from rule_scheduler import store
from rule_scheduler.reading import Room

# Timers of FIRE have the ids of executions, those of REPLAN the ids of items to compute afresh.
FIRE = "fire"
REPLAN = "replan"
# What is due but paused or unread looks again a little later, and says so in its timer.
HELD = b"held"
# The end of a pause is noticed at once; to look at what it holds meanwhile only costs.
PAUSED = 20
LARGEST_ROWS = 500_000
# Where more items than these wait for the dates of one, the job of `sweeps.py` takes them in chunks.
AT_ONCE = 500
log = structlog.get_logger()


async def write(tx: Transaction, room: Room, desk: Desk, *, claimed: frozenset[UUID] = frozenset()) -> None:
    """Write all that changed; timers in `claimed` are left to whoever fires them."""
    await store.copies.write(tx, [desk.copies[i] for i in desk.changed_copies])
    await store.copies.relink(tx, [desk.copies[i] for i in desk.relinked])
    await store.signals.forget(tx, desk.entered)
    await store.signals.keep(tx, desk.signals)
    changed = [(e, e.row.model_dump_json().encode()) for e in (desk.executions[i] for i in desk.changed)]
    await store.executions.write(tx, changed)
    await store.executions.spend(tx, desk.spent)
    await _write_timers(tx, desk, room.look_again, claimed)
    await _wake_dependants(tx, desk)
    rows = [room.outbox.parcel(message) for message in announced(room.outbox, desk, changed)]
    await room.outbox.put(tx, [*rows, *desk.said])
    for remark in desk.remarks:
        log.warning(remark.words, execution=str(remark.execution), exc_info=remark.error)


async def _write_timers(tx: Transaction, desk: Desk, look_again: timedelta, claimed: frozenset[UUID]) -> None:
    held = [Timer(i, desk.now + look_again * (PAUSED if is_paused(desk, i) else 1), HELD) for i in sorted(desk.held)]
    moments = [Timer(i, at) for i, at in to_fire(desk).items()]
    await set_timers(tx, FIRE, [*moments, *held])
    await cancel_timers(tx, FIRE, sorted(over_timers(desk) - claimed))


async def _wake_dependants(tx: Transaction, desk: Desk) -> None:
    if desk.touched:
        await tx.finish()  # what this very batch planned may depend on what it changed
    found = await store.copies.dependants(tx, desk.touched, AT_ONCE)
    many = {of for of, items in found.items() if len(items) > AT_ONCE}
    # Before the timers: who sweeps holds its row while it sets such timers.
    await store.sweeps.note_items(tx, {of: desk.touched[of] for of in many})
    why = {item: desk.touched[of].encode() for of, items in found.items() if of not in many for item in items}
    await set_timers(tx, REPLAN, [Timer(item, desk.now, words) for item, words in sorted(why.items())])


def is_paused(desk: Desk, execution: UUID) -> bool:
    """Say whether a pause holds an execution."""
    row = desk.executions[execution].row
    return desk.knowledge.is_paused(row.rule, row.rule_set.pipeline)


def announced(outbox: Outbox, desk: Desk, changed: Sequence[tuple[Execution, bytes]]) -> Iterator[Message]:
    """Give the messages that announce changed rows, those of one partition together."""
    partitions: dict[int, list[tuple[Execution, bytes]]] = {}
    for execution, document in changed:
        partition = outbox.kafka.partition(topics.EXECUTIONS, str(execution.row.item))
        partitions.setdefault(partition, []).append((execution, document))
    for part in partitions.values():
        for chunk in chunked(part):
            first = chunk[0]
            persons = {person for e in chunk for person in desk.persons(e.row.item)}
            about = About(at=desk.now, cause=first.cause, persons=tuple(sorted(persons)))
            rows = ExecutionRows(rows=tuple(e.row for e in chunk))
            yield outbox.message(topics.EXECUTIONS, first.row.item, rows, about)


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
