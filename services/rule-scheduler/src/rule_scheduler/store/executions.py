"""The rows of executions."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from automation.desk.executions import Execution, read_cause
from chassis.columns import split, texts
from chassis.database import Transaction
from contracts.dumps import document_of
from contracts.executions import Dispatch, ExecutionRow

# Index scans: activations whole (at times one more than asked for, which does no harm), what is pending beside, and of
# rules that recur what is long over only where it goes on, or where one such is named: a person retries it.
ASKED = "$2::int[] || ARRAY(SELECT DISTINCT activation FROM execution WHERE id = ANY($3::uuid[]))"
REVIVED = "ARRAY(SELECT item FROM execution WHERE id = ANY($3::uuid[]) AND spent)"
LOAD = (
    f"SELECT doc, dispatched, cause FROM execution WHERE item = ANY($1::uuid[]) AND activation = ANY({ASKED})"
    f" AND (NOT spent OR pending OR item = ANY({REVIVED}))"
    " UNION ALL SELECT doc, dispatched, cause FROM execution WHERE item = ANY($1::uuid[]) AND pending"
    f" AND NOT activation = ANY({ASKED})"
)
WRITE = (
    "INSERT INTO execution (id, item, activation, version, state, doc, cause)"
    f" SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], {split('$5')}, {split('$6')}, {split('$7')})"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, doc = excluded.doc,"
    " dispatched = NULL, cause = excluded.cause WHERE execution.version < excluded.version"
)
SPEND = "UPDATE execution SET spent = true WHERE id = ANY($1::uuid[]) AND NOT spent"
# Of an execution that is known only its row comes back: its cause was kept with it.
RECOVER = WRITE.replace(", cause = excluded.cause", "") + " RETURNING id"
FORGET_FRESHNESS = "DELETE FROM freshness"
OF_ITEMS = "SELECT doc, dispatched FROM execution WHERE item = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
REDACT = (
    "UPDATE execution AS e SET doc = u.doc, dispatched = NULL FROM unnest($1::uuid[], $2::text[]) AS u(id, doc)"
    " WHERE e.id = u.id"
)
BY_ID = "SELECT doc, dispatched, cause FROM execution WHERE id = ANY($1::uuid[])"
PRESENT = "SELECT id FROM execution WHERE id = ANY($1::uuid[])"


async def load(
    tx: Transaction, items: Collection[UUID], activations: Collection[int], ids: Collection[UUID]
) -> dict[UUID, Execution]:
    """Give of these items all that is pending, these activations whole, and those of the executions of these ids."""
    rows = await tx.fetch(LOAD, list(items), list(activations), list(ids))
    executions = (read(row) for row in rows)
    return {execution.row.id: execution for execution in executions}


async def write(tx: Transaction, executions: Sequence[tuple[Execution, bytes]]) -> None:
    """Write executions of items that are locked; each comes with its row as JSON; at the end of the transaction."""
    if executions:
        tx.at_the_end(WRITE, *rows_of(executions))


async def spend(tx: Transaction, ids: Collection[UUID]) -> None:
    """Mark occurrences that are over and were followed by others; at the end of the transaction."""
    if ids:
        tx.at_the_end(SPEND, sorted(ids))


async def recover(tx: Transaction, executions: Sequence[tuple[Execution, bytes]]) -> set[UUID]:
    """Write executions, each with its row as JSON, over lower versions only; give those that were written."""
    if not executions:
        return set()
    return {row["id"] for row in await tx.fetch(RECOVER, *rows_of(executions))}


async def forget_freshness(tx: Transaction) -> None:
    """Forget how far topics were known to be published, so that nothing fires before they are read again."""
    await tx.execute(FORGET_FRESHNESS)


async def of_items(tx: Transaction, items: Collection[UUID]) -> list[ExecutionRow]:
    """Lock all executions of these items."""
    return [read_row(row) for row in await tx.fetch(OF_ITEMS, list(items))]


async def redact(tx: Transaction, rows: Sequence[ExecutionRow]) -> None:
    """Write executions of which less is left, under the versions that they have."""
    documents = [document_of(row).decode() for row in rows]
    if rows:
        await tx.execute(REDACT, [row.id for row in rows], documents)


def rows_of(executions: Sequence[tuple[Execution, bytes]]) -> tuple[Any, ...]:
    """Give executions, each with its row as JSON, as the columns of their table."""
    # All that one entry plans has one cause.
    causes = {id(execution.cause): execution.cause for execution, _ in executions}
    written = {of: msgspec.json.encode(cause).decode() for of, cause in causes.items()}
    rows = [(*columns(execution.row, document), written[id(execution.cause)]) for execution, document in executions]
    numbers: list[Any]
    *numbers, states, documents, found = zip(*rows, strict=True)
    return *numbers, texts(states), texts(documents), texts(found)


def columns(row: ExecutionRow, document: bytes) -> tuple[Any, ...]:
    """Give a row as the columns of its table, but for its cause."""
    return row.id, row.item, row.activation, row.version, row.state, document.decode()


def read(row: asyncpg.Record) -> Execution:
    """Read an execution from its row."""
    return Execution(read_row(row), read_cause(msgspec.json.decode(row["cause"])))


def read_row(row: asyncpg.Record) -> ExecutionRow:
    """Read a row as it was last written whole, and dispatched since where it was."""
    written = ExecutionRow.model_validate_json(row["doc"])
    return written if row["dispatched"] is None else Dispatch.model_validate_json(row["dispatched"]).of(written)


async def by_id(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Execution]:
    """Give those of these executions that are known."""
    found = [read(row) for row in await tx.fetch(BY_ID, list(ids))] if ids else []
    return {execution.row.id: execution for execution in found}


async def missing(tx: Transaction, ids: Collection[UUID]) -> set[UUID]:
    """Give those of these ids that no execution has."""
    return set(ids) - {row["id"] for row in await tx.fetch(PRESENT, list(ids))}
