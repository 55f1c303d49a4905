"""Laws of what is said: of whom the planner may act, what is news, and that what is called off is told so."""

from collections.abc import Iterator

from contracts.actions import CancelAction
from contracts.commands import WithdrawCommand
from contracts.executions import ExecutionRow
from contracts.ids import execution_id

from automation.desk.acting import worker_topic
from automation.desk.trials.laws import told
from automation.desk.trials.storage import Storage
from automation.planning import is_of_entry, lasts
from automation.settling import previous, release
from automation.succession import superseded


def check_acts(storage: Storage) -> None:
    """Check that nothing is said of an item that is gone, has left, or of which something could not be read."""
    for seen in storage.committed[-1].acts:
        row, item = seen.row, seen.facts.item
        assert seen.unread is None, f"said though a record of its item is unread: {told(row)}"
        assert not item.deleted, f"said though its item is deleted: {told(row)}"
        assert item.activation == row.activation or _stays(storage, row), f"said though its item left: {told(row)}"


def check_news(storage: Storage) -> None:
    """Check that each step of a row changes something that is newest, and an effect by a higher version alone."""
    again = [told(storage.executions[i].row) for i in storage.stale]
    assert not again, f"told once more, from less than is there: {again}"
    for before, row in _changes(storage):
        assert row != before.model_copy(update={"version": row.version}), f"nothing is new: {told(row)}"
        if row.round == before.round:
            _check_effects(before, row)


def _check_effects(before: ExecutionRow, row: ExecutionRow) -> None:
    known = {effect.id: effect for effect in before.effects}
    for effect in row.effects:
        was = known.get(effect.id, effect)
        assert effect == was or effect.version > was.version, f"{told(row)} took {effect} over {was}"


def check_called_off(storage: Storage) -> None:
    """Check that whoever does what is called off is told so."""
    said = storage.committed[-1].said
    told_off = {(type(one), one.execution) for one in said if isinstance(one, CancelAction | WithdrawCommand)}
    for row in (row for before, row in _changes(storage) if _is_called_off(before, row)):
        if worker_topic(row.action):
            assert (CancelAction, row.id) in told_off, f"called off without a word: {told(row)}"
        elif lasts(row.action):
            assert (WithdrawCommand, row.id) in told_off, f"called off without a word: {told(row)}"


def _is_called_off(before: ExecutionRow, row: ExecutionRow) -> bool:
    return row.state == before.state == "dispatched" and bool(row.reason) and not before.reason


def check_blocked(storage: Storage) -> None:
    """Check that no rule stays blocked by one before it that came to the awaited end."""
    for row in (execution.row for execution in storage.executions.values()):
        if row.state == "blocked" and not superseded(row.rule_set, storage.knowledge) and _may_run(storage, row):
            _check_still_blocked(storage, row)


def _check_still_blocked(storage: Storage, row: ExecutionRow) -> None:
    item, rule = storage.copies[row.item].item, storage.knowledge.rule(row.rule_set, row.rule)
    before = previous(rule, row.rule_set, row.stage, storage.knowledge) if rule else None
    if item is None or rule is None or before is None:
        return
    ended = storage.executions.get(execution_id(before.id, row.item, row.activation, row.occurrence))
    if ended is not None:
        free = release(ended.row, row, rule, storage.knowledge, storage.now, item=item)
        assert free is None, f"{told(row)} stays so, though {told(ended.row)}"


def _may_run(storage: Storage, row: ExecutionRow) -> bool:
    copy = storage.copies[row.item]
    return not copy.gone and (copy.activation == row.activation or _stays(storage, row))


def check_awake(storage: Storage) -> None:
    """Check that what an unread record held is looked at as soon as that is made up for."""
    asleep = [told(storage.executions[i].row) for i in storage.asleep]
    assert not asleep, f"held though all of its item is read: {asleep}"


def _changes(storage: Storage) -> Iterator[tuple[ExecutionRow, ExecutionRow]]:
    return ((step.before, step.after) for step in storage.committed[-1].rows if step.before is not None)


def _stays(storage: Storage, row: ExecutionRow) -> bool:
    rule = storage.knowledge.rule(row.rule_set, row.rule)
    assert rule is not None
    return rule.keep_on_leave or is_of_entry(rule)
