"""Moments that move because what they were computed from has changed."""

from uuid import UUID

from contracts.executions import PENDING, ExecutionRow
from contracts.items import Item
from contracts.rules import Rule

from automation import planning
from automation.desk.acting import follow
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.series import bring_forward, replace
from automation.settling import counts_from


def replan_item(desk: Desk, item_id: UUID, words: str) -> None:
    """Compute afresh all that waits of an item; each row that moves says from when, to when, and why."""
    for execution in desk.of(item_id):
        moved = recomputed(desk, execution, words)
        if moved is not None:
            move(desk, execution, moved)
        bring_forward(desk, desk.executions[execution.row.id])


def moves_with_others(row: ExecutionRow) -> bool:
    """Say whether a change of what its item links to may move a row; a store asks the same in its own words."""
    waits = row.state in {"waiting", "waiting_for_date", "waiting_for_signal"}
    return waits or (row.state == "skipped" and planning.still_open(row))


def move(desk: Desk, execution: Execution, moved: ExecutionRow) -> None:
    """Keep a row that was computed afresh; another takes the place of one that fell away; what waits hears of it."""
    put = desk.put(moved, execution.cause)
    replace(desk, put)
    if moved.state not in PENDING:
        follow(desk, put)


def recomputed(desk: Desk, execution: Execution, words: str) -> ExecutionRow | None:
    """Compute a row from its original start as things stand now; None where it stays as it is."""
    row, copy = execution.row, desk.copies[execution.row.item]
    item = copy.item
    # What a person retries is due because they said so.
    if item is None or item.deleted or row.round > 1 or row.state not in planning.WAITING | {"skipped"}:
        return None
    rule = desk.rule(row)
    if not _starts_here(row, rule, item):
        return None
    known = row, rule, item, desk.linked(item), desk.knowledge, desk.now, words
    return planning.replan(*known, changed_at=copy.changed_at)


def _starts_here(row: ExecutionRow, rule: Rule, item: Item) -> bool:
    """Say whether what the row counts from is still known: of an earlier entry only where the row itself says it."""
    if row.activation == item.activation:
        return True
    return row.state != "skipped" and (counts_from(row) is not None or not planning.counts_from_entry(rule))
