"""Timelines as the scheduler would have filled them."""

from typing import Any

from contracts.executions import ExecutionRow

ROW = "INSERT INTO timeline (id, item, at, kind, version, body) VALUES ($1, $2, signalbox_now(), 'rule', 1, $3)"


async def told(crm: Any, *rows: ExecutionRow) -> None:
    """Keep rows as the scheduler would have told them."""
    for one in rows:
        await crm.fetch(ROW, one.id, one.item, one.model_dump(mode="json"))
