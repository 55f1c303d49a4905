"""The rows of executions."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import msgspec
from chassis.database import Transaction
from contracts.executions import ExecutionRow

from rule_scheduler.executions import Execution, cause_document, read_cause

# Two index scans: activations whole (at times one more than asked for, which does no harm), and what is pending beside.
ASKED = "$2::int[] || ARRAY(SELECT DISTINCT activation FROM execution WHERE id = ANY($3::uuid[]))"
LOAD = (
    f"SELECT doc, cause FROM execution WHERE item = ANY($1::uuid[]) AND activation = ANY({ASKED})"
    " UNION ALL SELECT doc, cause FROM execution WHERE item = ANY($1::uuid[]) AND state IN"
    " ('waiting', 'waiting_for_date', 'waiting_for_previous', 'waiting_for_signal', 'dispatched', 'uncertain')"
    f" AND NOT activation = ANY({ASKED})"
)
WRITE = (
    "INSERT INTO execution (id, item, activation, state, version, doc, cause)"
    " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::int[], $6::jsonb[], $7::jsonb[])"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, doc = excluded.doc,"
    " cause = excluded.cause WHERE execution.version < excluded.version"
)
PRESENT = "SELECT id FROM execution WHERE id = ANY($1::uuid[])"


async def load(
    tx: Transaction, items: Collection[UUID], activations: Collection[int], ids: Collection[UUID]
) -> dict[UUID, Execution]:
    """Give of these items all that is pending, these activations whole, and those of the executions of these ids."""
    rows = await tx.fetch(LOAD, list(items), list(activations), list(ids))
    executions = (Execution(ExecutionRow.model_validate(r["doc"]), read_cause(r["cause"])) for r in rows)
    return {execution.row.id: execution for execution in executions}


async def write(tx: Transaction, executions: Sequence[tuple[Execution, bytes]]) -> None:
    """Write executions of items that are locked; each comes with its row as JSON; at the end of the transaction."""
    if executions:
        tx.at_the_end(WRITE, *zip(*(columns(execution, document) for execution, document in executions), strict=True))


def columns(execution: Execution, document: bytes) -> tuple[Any, ...]:
    """Give an execution as the columns of its row."""
    row = execution.row
    told = msgspec.Raw(document)
    return row.id, row.item, row.activation, row.state, row.version, told, cause_document(execution.cause)


async def missing(tx: Transaction, ids: Collection[UUID]) -> set[UUID]:
    """Give those of these ids that no execution has."""
    return set(ids) - {row["id"] for row in await tx.fetch(PRESENT, list(ids))}
