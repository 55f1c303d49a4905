"""What stands in the scheduler's database, for tests to look at."""

from typing import Any

from chassis.database import Database
from contracts.executions import ExecutionRow

from rule_scheduler.store import executions


class Rows(Database):
    """Looks into the database."""

    async def executions(self) -> list[ExecutionRow]:
        """Give all executions."""
        return [executions.read_row(row) for row in await self.all("SELECT doc, dispatched FROM execution")]

    async def states(self) -> dict[str, str]:
        """Give the state of each rule's execution."""
        return {row.rule_key: row.state for row in await self.executions()}

    async def timers(self) -> list[Any]:
        """Give the timers of executions, the next one first."""
        return await self.all("SELECT id, due_at, payload FROM timer WHERE lane = 'fire' ORDER BY due_at")

    async def all(self, query: str, *values: Any) -> list[Any]:
        """Give the rows of a query."""
        async with self.transaction() as tx:
            return await tx.fetch(query, *values)
