"""What waits on a rule set is brought up to those that were published after it, as their publishers chose.

Whoever looks at a row that waits does it first: the one that fires, the one that plans an entry which came late, and
the one that lets the next rule run. The job of `successions.py` only sees to it that nobody has to wait for that.
"""

from dataclasses import replace as replace_facts
from uuid import UUID

from contracts.executions import ExecutionRow
from contracts.ids import execution_id
from contracts.rules import Rule

from automation import planning
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.listening import hear
from automation.desk.series import bring_forward, replace
from automation.reading import read_rule
from automation.settling import begun, previous, release
from automation.succession import superseded
from automation.timing import PlanContext


def bring_up(desk: Desk, item: UUID, activation: int | None = None) -> None:
    """Bring all that waits of an item up to what is published; then what waits for another rule, in their order."""
    for execution in desk.of(item, activation):
        _succeeded(desk, execution)
    for execution in sorted(desk.of(item, activation), key=lambda one: one.row.position):
        hear(desk, _released(desk, execution))


def brought_up(desk: Desk, execution: Execution) -> Execution:
    """Give one execution as later publishes have it."""
    return hear(desk, _released(desk, _succeeded(desk, execution)))


def _succeeded(desk: Desk, execution: Execution) -> Execution:
    """Cancel or migrate an execution that waits; what belongs to its entry stays as the entry found it."""
    row, item = execution.row, desk.copies[execution.row.item].item
    if item is None or row.state not in planning.WAITING or not superseded(row.rule_set, desk.knowledge):
        return execution
    if planning.is_of_entry(desk.rule(row)):
        return execution
    changed_at = desk.copies[row.item].changed_at
    succeeded = planning.succeed(row, item, desk.linked(item), desk.knowledge, desk.now, changed_at=changed_at)
    if succeeded is None:
        return execution
    put = desk.put(succeeded, execution.cause)
    if succeeded.state == "skipped":
        replace(desk, put)
    bring_forward(desk, put)
    return put


def _released(desk: Desk, execution: Execution) -> Execution:
    """Let a rule that waits for the one before it run, or be blocked, as that one's end says."""
    row = execution.row
    if row.state != "waiting_for_previous":
        return execution
    rule = desk.rule(row)
    before = previous(rule, row.rule_set, row.stage, desk.knowledge)
    if before is None:
        return desk.put(_first(row, rule, desk), execution.cause)
    ended = desk.executions.get(execution_id(before.id, row.item, row.activation, row.occurrence))
    released = _never(row, before, desk) if ended is None else _after(ended.row, row, rule, desk)
    return execution if released is None else desk.put(released, execution.cause)


def _first(row: ExecutionRow, rule: Rule, desk: Desk) -> ExecutionRow:
    """Give a rule that a later publish made the first of its stage: it counts from the entry, or never runs."""
    if read_rule(rule, desk.knowledge).timing.needs_previous:
        words = "there is no enabled rule before it in the stage"
        update = {"state": "blocked", "reason": words, "finished_at": desk.now}
        return row.model_copy(update={**update, "version": row.version + 1})
    seen = desk.facts(row, rule)
    if seen.item.activation != row.activation:
        # Of an earlier entry only its row still says when it was.
        seen = replace_facts(seen, item=seen.item.model_copy(update={"entered_at": row.planned_at}))
    begins = begun(row, rule, PlanContext(seen, desk.now))
    return begins.model_copy(update={"version": row.version + 1})


def _never(row: ExecutionRow, before: Rule, desk: Desk) -> ExecutionRow:
    words = f"the rule before it, {before.key}, came with a later publish and never ran here"
    update = {"state": "blocked", "reason": words, "finished_at": desk.now, "version": row.version + 1}
    return row.model_copy(update=update)


def _after(ended: ExecutionRow, row: ExecutionRow, rule: Rule, desk: Desk) -> ExecutionRow | None:
    seen = desk.facts(row, rule)
    return release(ended, row, rule, desk.knowledge, desk.now, item=seen.item, linked=seen.linked)
