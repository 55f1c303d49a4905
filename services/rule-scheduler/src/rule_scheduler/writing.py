"""Writes what changed on a desk: each table in one statement, the timers, and one message per partition of rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.timers import over_timers, to_fire
from chassis.database import Transaction
from chassis.outbox import About, Outbox, Parcel
from chassis.timers import Timer, cancel_timers, set_timers
from contracts import topics
from contracts.dumps import document_of
from contracts.executions import ExecutionRows

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
# Who takes the timers of executions in this process is woken for what is due within this time.
SOON = timedelta(seconds=1)
# Where more items than these wait for the dates of one, the job of `sweeps.py` takes them in chunks.
AT_ONCE = 500
log = structlog.get_logger()


async def write(tx: Transaction, room: Room, desk: Desk, *, claimed: frozenset[UUID] = frozenset()) -> None:
    """Write all that changed; timers in `claimed` are left to whoever fires them."""
    if desk.doubted:
        desk.forget(desk.doubted - await store.executions.missing(tx, desk.doubted))
    await store.copies.write(tx, [desk.copies[i] for i in desk.changed_copies])
    await store.copies.relink(tx, [desk.copies[i] for i in desk.relinked])
    await store.signals.forget(tx, desk.entered)
    await store.signals.keep(tx, desk.signals)
    changed = documented(desk.executions[i] for i in desk.changed)
    await store.executions.write(tx, changed)
    await store.executions.spend(tx, desk.spent)
    await _write_timers(tx, room, desk, claimed)
    await _wake_dependants(tx, desk)
    await room.outbox.put(tx, [*announced(room.outbox, desk, changed), *desk.said])
    for remark in desk.remarks:
        log.warning(remark.words, execution=str(remark.execution), exc_info=remark.error)


async def _write_timers(tx: Transaction, room: Room, desk: Desk, claimed: frozenset[UUID]) -> None:
    held = [
        Timer(i, desk.now + room.look_again * (PAUSED if is_paused(desk, i) else 1), HELD) for i in sorted(desk.held)
    ]
    moments = [Timer(i, at) for i, at in to_fire(desk).items()]
    await set_timers(tx, FIRE, [*moments, *held])
    await cancel_timers(tx, FIRE, sorted(over_timers(desk) - claimed))
    if any(timer.due_at <= desk.now + SOON for timer in moments):
        tx.after_commit(room.due.set)


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


def documented(executions: Iterable[Execution]) -> list[tuple[Execution, bytes]]:
    """Give executions, each with its row as JSON, which is stored and told alike."""
    return [(execution, document_of(execution.row)) for execution in executions]


def announced(outbox: Outbox, desk: Desk, changed: Sequence[tuple[Execution, bytes]]) -> Iterator[Parcel]:
    """Give the records that announce changed rows, those of one partition together."""
    partitions: dict[int, list[tuple[Execution, bytes]]] = {}
    items = list(dict.fromkeys(execution.row.item for execution, _ in changed))
    places = dict(zip(items, outbox.kafka.places([str(item) for item in items]), strict=True))
    for one in changed:
        partitions.setdefault(places[one[0].row.item], []).append(one)
    for partition, part in partitions.items():
        for chunk in chunked(part):
            yield _parcel(outbox, desk, partition, chunk)


def _parcel(outbox: Outbox, desk: Desk, partition: int, chunk: Sequence[tuple[Execution, bytes]]) -> Parcel:
    first = chunk[0][0]
    persons = {person for item in {e.row.item for e, _ in chunk} for person in desk.persons(item)}
    about = About(at=desk.now, cause=first.cause, persons=tuple(sorted(persons)))
    envelope = outbox.envelope(ExecutionRows, first.row.item, about)
    value = b'{"rows":[%b]}' % b",".join([document for _, document in chunk])
    return Parcel(topics.EXECUTIONS.name, partition, str(first.row.item).encode(), envelope.headers(), value)


def chunked(part: Iterable[tuple[Execution, bytes]]) -> Iterator[list[tuple[Execution, bytes]]]:
    """Split rows so that each message stays far below what may travel."""
    chunk: list[tuple[Execution, bytes]] = []
    size = 0
    for execution, document in part:
        if chunk and size + len(document) > LARGEST_ROWS:
            yield chunk
            chunk, size = [], 0
        chunk.append((execution, document))
        size += len(document)
    if chunk:
        yield chunk
