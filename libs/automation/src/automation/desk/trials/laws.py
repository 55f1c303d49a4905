"""What always holds of the planner, whatever happened: checked after each transaction on all that is kept."""

from uuid import UUID

from contracts.actions import PerformAction
from contracts.commands import ItemCommand
from contracts.executions import ExecutionRow, ExecutionState
from contracts.ids import execution_id

from automation.desk.executions import TIMED
from automation.desk.trials.storage import LOOK_AGAIN, Storage
from automation.desk.trials.watched import Step
from automation.planning import WAITING, is_of_entry

WAITS = WAITING | {"blocked"}
ENDS: frozenset[ExecutionState] = frozenset({"succeeded", "failed", "uncertain", "skipped", "cancelled", "missed"})
# What a row may become from each state; a retry begins a new round of whatever did not succeed.
ALLOWED: dict[ExecutionState, frozenset[ExecutionState]] = {
    **dict.fromkeys(WAITING, WAITING | ENDS - {"uncertain"} | {"dispatched", "blocked"}),
    "dispatched": ENDS | {"dispatched"},
    "uncertain": ENDS | {"waiting"},
    "failed": frozenset({"failed", "waiting", "uncertain", "succeeded"}),
    # A moment that was past may move again, until it was decided on.
    "skipped": WAITING | {"skipped"},
    "blocked": frozenset({"blocked", "waiting", "waiting_for_signal", "skipped"}),
    "cancelled": frozenset({"cancelled", "waiting"}),
    "missed": frozenset({"missed", "waiting"}),
    "succeeded": frozenset({"succeeded"}),
}


def check_steps(storage: Storage) -> None:
    """Check the steps of the last transaction: allowed ones, each one version higher, each id made of its parts."""
    for step in storage.committed[-1].rows:
        row, before = step.after, step.before
        parts = row.rule, row.item, row.activation, row.occurrence
        assert row.id == execution_id(*parts), f"the id of {told(row)} is not made of its parts"
        if before is None:
            assert row.version == 1, f"{told(row)} begins with version {row.version}"
            continue
        assert row.version == before.version + 1, f"{told(before)} became {told(row)}"
        assert row.state in ALLOWED[before.state], f"{told(before)} became {told(row)}"
        assert row.round == before.round + _is_retry(step), f"{told(before)} became {told(row)}"
        effects = {effect.id: effect.version for effect in row.effects}
        older = [effect for effect in before.effects if effects.get(effect.id, 0) < effect.version]
        assert not older, f"{told(row)} has forgotten {older}"


def _is_retry(step: Step) -> int:
    was = step.before
    return int(was is not None and step.after.state == "waiting" and step.after.round > was.round)


def check_said(storage: Storage) -> None:
    """Check that each round of an execution was said once at most, in time, and not after it was called off."""
    last: dict[UUID, int] = {}
    for steps in storage.committed:
        for data in steps.said:
            if isinstance(data, PerformAction | ItemCommand):
                row = storage.executions[data.execution].row
                assert data.round > last.get(data.execution, 0), f"said twice, or after its cancel: {told(row)}"
                last[data.execution] = data.round
    rounds = {s.before.id: s.before.round for s in storage.committed[-1].rows if s.before and _is_over(s.before)}
    for data in storage.committed[-1].said:
        if isinstance(data, PerformAction | ItemCommand):
            row = storage.executions[data.execution].row
            assert row.due_at is not None, f"said without a moment: {told(row)}"
            assert row.due_at <= storage.now, f"said before its moment: {told(row)}"
            assert rounds.get(row.id, 0) < data.round, f"said after its cancel: {told(row)}"


def _is_over(row: ExecutionRow) -> bool:
    return row.state == "cancelled" or (row.state == "dispatched" and bool(row.reason))


def check_timers(storage: Storage) -> None:
    """Check that timers are set for just the rows that wait for a moment, each for that moment, or to look again."""
    wanted = {
        e.row.id: e.row.due_at for e in storage.executions.values() if e.row.state in TIMED and e.row.due_at is not None
    }
    missing = [told(storage.executions[i].row) for i in wanted.keys() - storage.timers.keys()]
    assert not missing, f"without a timer: {missing}"
    needless = [told(storage.executions[i].row) for i in storage.timers.keys() - wanted.keys()]
    assert not needless, f"with a timer: {needless}"
    for i, at in storage.timers.items():
        held = i in storage.held and at <= storage.now + LOOK_AGAIN
        # What was resumed is looked at from then on.
        due = max(at, wanted[i]) <= storage.now
        assert held or due or at == wanted[i], f"the timer of {told(storage.executions[i].row)} says {at}"


def check_places(storage: Storage) -> None:
    """Check that nothing waits of an item that is gone, nor of a stage that it left, but for what stays."""
    for execution in storage.executions.values():
        row, copy = execution.row, storage.copies[execution.row.item]
        if row.state not in WAITING or row.round > 1 or copy.heard < copy.version:
            continue
        rule = storage.knowledge.rule(row.rule_set, row.rule)
        assert rule is not None
        stays = row.activation == copy.activation or rule.keep_on_leave or is_of_entry(rule)
        assert stays, f"waits though its item has left: {told(row)}"
        assert not copy.gone, f"waits though its item is deleted: {told(row)}"


def check_entry(storage: Storage, item: UUID, activation: int, rules: list[UUID]) -> None:
    """Check that each rule that held for an entry has its row."""
    there = {e.row.rule for e in storage.executions.values() if (e.row.item, e.row.activation) == (item, activation)}
    assert there >= set(rules), f"activation {activation} of {item} lacks rows"


def check_all(storage: Storage) -> None:
    """Check all that the storage alone tells."""
    assert not storage.faults, storage.faults
    if storage.committed:
        check_steps(storage)
        check_said(storage)
    check_timers(storage)
    check_places(storage)


def told(row: ExecutionRow) -> str:
    """Tell a row in words."""
    place = f"{row.rule_key}/{row.occurrence} of activation {row.activation}, version {row.version}, round {row.round}"
    return f"{place}: {row.state}, due {row.due_at}, {row.reason!r}"
