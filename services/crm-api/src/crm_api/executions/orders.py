"""What people order of executions and effects: checked against the row as it was last told, decided by its owner."""

from uuid import UUID

from automation.app_actions import kind_of
from contracts import topics
from contracts.actions import ConfirmEffect
from contracts.data import Data
from contracts.executions import PENDING, ExecutionRow
from contracts.orders import CancelExecution, RetryExecution
from contracts.topics import Topic

RETRIED = frozenset({"failed", "uncertain", "skipped", "missed"})


class NotPossible(Exception):
    """The execution or effect is not in a state in which this can be ordered; says in which it is."""


def cancel(row: ExecutionRow, by: str, reason: str, *, series: bool = False) -> CancelExecution:
    """Order to cancel what has not reached the outside world; raises `NotPossible` once it has ended.

    With `series` nothing follows in its place where the rule recurs.
    """
    if row.state not in PENDING:
        raise NotPossible(f"it has ended: {row.state}")
    return CancelExecution(execution=row.id, item=row.item, by=by, reason=reason, series=series)


def retry(row: ExecutionRow, by: str) -> RetryExecution:
    """Order a new round; raises `NotPossible` where nothing failed."""
    if row.state not in RETRIED:
        raise NotPossible(f"it is {row.state}; only {', '.join(sorted(RETRIED))} can be tried again")
    return RetryExecution(execution=row.id, item=row.item, by=by)


def confirm(row: ExecutionRow, effect: UUID, by: str, *, sent: bool) -> ConfirmEffect:
    """Say what became of an uncertain effect; raises `NotPossible` for another one."""
    seen = next((one for one in row.effects if one.id == effect), None)
    if seen is None:
        raise NotPossible("the execution has no such effect")
    if seen.state != "uncertain":
        raise NotPossible(f"the effect is {seen.state}, not uncertain")
    return ConfirmEffect(effect=effect, item=row.item, sent=sent, by=by)


def road(order: Data, row: ExecutionRow) -> Topic:
    """Give the topic on which an order travels: a confirmation goes to the worker; raises `NotPossible`."""
    if not isinstance(order, ConfirmEffect):
        return topics.ORDERS
    kind = kind_of(row.action)
    if kind is None:
        raise NotPossible(f"{row.action} has no effects outside")
    return topics.ACTIONS[kind]
