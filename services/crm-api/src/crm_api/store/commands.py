"""Commands of executions that were answered."""

from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from contracts.data import JsonObject

ANSWERED = "SELECT round, outcome FROM command WHERE execution = $1 ORDER BY round DESC LIMIT 1"
ANSWER = "INSERT INTO command (execution, round, outcome, at) VALUES ($1, $2, $3, $4)"


async def answered(tx: Transaction, execution: UUID) -> tuple[int, JsonObject] | None:
    """Give the last round of an execution's command that was answered, and the answer."""
    row = await tx.fetchrow(ANSWERED, execution)
    return None if row is None else (row["round"], row["outcome"])


async def answer(tx: Transaction, execution: UUID, number: int, outcome: JsonObject, at: datetime) -> None:
    """Keep the answer to one round of an execution's command."""
    await tx.execute(ANSWER, execution, number, outcome, at)
