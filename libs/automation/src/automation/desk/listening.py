"""Rules that wait for a signal: what arrives lets them run, and what was heard before they began counts as well."""

from uuid import UUID

from automation import waiting
from automation.desk.desk import Desk
from automation.desk.executions import Execution


def hear(desk: Desk, execution: Execution) -> Execution:
    """Give an execution that waits for a signal as what has been heard in its activation makes it."""
    row = execution.row
    if row.state != "waiting_for_signal":
        return execution
    found = waiting.arrived(row, desk.rule(row), desk.heard(row), desk.knowledge, desk.now)
    return execution if found is None else desk.put(found, execution.cause)


def give_up(desk: Desk, execution: Execution) -> Execution:
    """End an execution whose time to wait is up."""
    row = execution.row
    return desk.put(waiting.timed_out(row, desk.rule(row), desk.knowledge, desk.now), execution.cause)


def listening(desk: Desk, item: UUID) -> list[Execution]:
    """Give the executions of an item that wait for a signal."""
    return [one for one in desk.of(item) if one.row.state == "waiting_for_signal"]
