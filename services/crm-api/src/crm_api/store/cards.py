"""What a card shows of the rules of its item."""

from uuid import UUID

from chassis.database import Transaction
from contracts.executions import ExecutionRow

MOST_RULES = 500
RULES = "SELECT body FROM timeline WHERE item = $1 AND kind = 'rule' ORDER BY at DESC, id DESC LIMIT $2"


async def rules(tx: Transaction, item: UUID) -> list[ExecutionRow]:
    """Give what became of an item's rules, the oldest first; the last 500 where there are more."""
    rows = await tx.fetch(RULES, item, MOST_RULES)
    return [ExecutionRow.model_validate(row["body"]) for row in reversed(rows)]
