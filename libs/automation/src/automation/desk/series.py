"""Rules that recur: when an occurrence has fired, the next is planned, as long as the item stays."""

from collections.abc import Callable
from functools import partial

from contracts.executions import PENDING, ExecutionRow

from automation import planning, recurring
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.settling import chain, was_decided
from automation.timing.plans import ONCE
from automation.variables import set_by


def go_on(desk: Desk, fired: Execution) -> None:
    """Plan the occurrence after one that has fired."""
    if _is_first_try(fired.row):
        _plan(desk, fired, recurring.next_rows)
        _spend(desk, fired.row)


def _is_first_try(row: ExecutionRow) -> bool:
    """Say whether a row is of a series; what a person retries has been followed by the next already."""
    return row.occurrence != ONCE and row.round == 1


def replace(desk: Desk, moved: Execution) -> None:
    """Plan what takes the place of an occurrence that fell away, or comes before one that moved."""
    _plan_in_doubt(desk, moved, recurring.instead_rows)


def bring_forward(desk: Desk, waiting: Execution) -> None:
    """Plan an occurrence that is ahead and comes before the first that waits, as where a holiday was taken back."""
    row = waiting.row
    if row.state != "waiting" or not _is_first_try(row):
        return
    others = [one.row for one in desk.of(row.item, row.activation) if one.row.rule == row.rule]
    if any(one.state in planning.WAITING and _is_earlier(one.occurrence, row.occurrence) for one in others):
        return
    _plan_in_doubt(desk, waiting, partial(recurring.sooner_rows, taken={one.occurrence for one in others}))


def after(desk: Desk, row: ExecutionRow) -> list[Execution]:
    """Give the occurrences after one."""
    return [one for one in desk.of(row.item, row.activation) if _comes_after(one.row, row)]


def _spend(desk: Desk, fired: ExecutionRow) -> None:
    """Let earlier occurrences rest, each with all that ran one after the other in it, once nothing of it is ahead."""
    for rows in _earlier(desk, fired).values():
        if not any(_matters(desk, row) for row in rows):
            desk.spent.update(row.id for row in rows)


def _earlier(desk: Desk, fired: ExecutionRow) -> dict[str, list[ExecutionRow]]:
    together = chain(fired.rule, fired.rule_set, fired.stage, desk.knowledge)
    occurrences: dict[str, list[ExecutionRow]] = {}
    for row in (execution.row for execution in desk.of(fired.item, fired.activation)):
        if row.rule in together and _is_earlier(row.occurrence, fired.occurrence):
            occurrences.setdefault(row.occurrence, []).append(row)
    return occurrences


def _matters(desk: Desk, row: ExecutionRow) -> bool:
    # Every setting of a variable counts.
    rule = desk.knowledge.rule(row.rule_set, row.rule)
    return row.state in PENDING or (rule is not None and bool(set_by(rule.do)))


def _plan_in_doubt(desk: Desk, execution: Execution, rows: Callable[..., tuple[ExecutionRow, ...]]) -> None:
    known = set(desk.executions)
    _plan(desk, execution, rows)
    # Of earlier activations what is over is not read, and may be what was planned now.
    desk.doubted.update(desk.executions.keys() - known)


def _plan(desk: Desk, execution: Execution, rows: Callable[..., tuple[ExecutionRow, ...]]) -> None:
    row = execution.row
    rule, item = desk.knowledge.rule(row.rule_set, row.rule), desk.copies[row.item].item
    if rule is None or item is None or not desk.may_run(row, rule):
        return
    ended: set[str] = set()
    for planned in rows(row, rule, item, desk.linked(item), desk.knowledge, desk.now):
        if planned.occurrence in ended or not _puts(desk, planned, execution):
            ended.add(planned.occurrence)


def _puts(desk: Desk, planned: ExecutionRow, begun: Execution) -> bool:
    """Put a row that follows on another; False where it is not planned any more, nor what would be behind it."""
    if not desk.may_run(planned, desk.rule(planned)):
        return False
    if planned.rule == begun.row.rule and (last := _fired_after(desk, planned)) is not None:
        # It is over, though it may not be read any more: what follows is what follows on the latest.
        _plan(desk, last, recurring.next_rows)
        return False
    if planned.id in desk.executions:
        # What was behind it was planned with it; what a publish put there since adds nothing.
        return False
    desk.put(planned, begun.cause)
    return True


def _fired_after(desk: Desk, planned: ExecutionRow) -> Execution | None:
    """Give the latest occurrence that has fired after one that is planned: it is read always, those before it not."""
    later = (one for one in desk.of(planned.item, planned.activation) if _comes_after(one.row, planned))
    fired = (one for one in later if _has_fired(one.row))
    return max(fired, key=lambda one: one.row.occurrence, default=None)


def _has_fired(row: ExecutionRow) -> bool:
    fell_away = row.state == "skipped" and not was_decided(row)
    return row.round > 1 or not (row.state in planning.WAITING or fell_away)


def _comes_after(one: ExecutionRow, other: ExecutionRow) -> bool:
    """Say whether an occurrence is a later one of the same rule; years and days name different series."""
    return one.rule == other.rule and _is_earlier(other.occurrence, one.occurrence)


def _is_earlier(one: str, other: str) -> bool:
    return len(one) == len(other) and one < other
