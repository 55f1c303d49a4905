"""What a card shows of the rules of its item."""

from uuid import UUID

from chassis.database import Transaction
from contracts.executions import ExecutionRow

MOST_RULES = 500
RULES = "SELECT body FROM timeline WHERE item = $1 AND kind = 'rule' ORDER BY at DESC, id DESC LIMIT $2"


async def rules(tx: Transaction, item: UUID) -> tuple[list[ExecutionRow], bool]:
    """Give what became of an item's rules, the oldest first, and whether there were more before them."""
    rows = await tx.fetch(RULES, item, MOST_RULES + 1)
    last = [ExecutionRow.model_validate(row["body"]) for row in reversed(rows[:MOST_RULES])]
    return last, len(rows) > MOST_RULES
