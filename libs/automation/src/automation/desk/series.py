"""Rules that recur: when an occurrence has fired, the next is planned, as long as the item stays."""

from collections.abc import Callable

from contracts.executions import PENDING, ExecutionRow

from automation import recurring
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.timing.plans import ONCE
from automation.variables import set_by


def go_on(desk: Desk, fired: Execution) -> None:
    """Plan the occurrence after one that has fired."""
    # What a person retries has been followed by the next already.
    if fired.row.occurrence != ONCE and fired.row.round == 1:
        _plan(desk, fired, recurring.next_rows)
        _spend(desk, fired.row)


def replace(desk: Desk, moved: Execution) -> None:
    """Plan what takes the place of an occurrence that fell away, or comes before one that moved."""
    _plan(desk, moved, recurring.instead_rows)


def _spend(desk: Desk, fired: ExecutionRow) -> None:
    rule = desk.knowledge.rule(fired.rule_set, fired.rule)
    # Every setting of a variable counts.
    if rule is None or set_by(rule.do):
        return
    for execution in desk.of(fired.item, fired.activation):
        row = execution.row
        if row.rule == fired.rule and row.occurrence < fired.occurrence and row.state not in PENDING:
            desk.spent.add(row.id)


def _plan(desk: Desk, execution: Execution, rows: Callable[..., tuple[ExecutionRow, ...]]) -> None:
    row = execution.row
    rule, item = desk.knowledge.rule(row.rule_set, row.rule), desk.copies[row.item].item
    if rule is None or item is None or not desk.may_run(row, rule):
        return
    ended: set[str] = set()
    for planned in rows(row, rule, item, desk.linked(item), desk.knowledge, desk.now):
        # Of a chain behind a rule that stays, nothing is planned any more from the first on that does not.
        if planned.occurrence in ended or not desk.may_run(planned, desk.rule(planned)):
            ended.add(planned.occurrence)
        elif planned.id not in desk.executions:
            desk.put(planned, execution.cause)
