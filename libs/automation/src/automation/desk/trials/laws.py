"""What always holds of the planner, whatever happened: checked after each transaction on all that is kept."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from contracts.actions import PerformAction
from contracts.commands import ItemCommand
from contracts.executions import ExecutionRow, ExecutionState
from contracts.ids import execution_id

from automation.desk.copies import Copy
from automation.desk.executions import TIMED
from automation.desk.trials.storage import LOOK_AGAIN, Storage
from automation.desk.trials.watched import Steps
from automation.planning import WAITING, outlasts_its_stage

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
    "blocked": frozenset({"blocked", "waiting", "waiting_for_signal", "skipped", "failed"}),
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
        else:
            _check_became(before, row)


def _check_became(before: ExecutionRow, row: ExecutionRow) -> None:
    words = f"{told(before)} became {told(row)}"
    assert row.version == before.version + 1, words
    assert row.state in ALLOWED[before.state], words
    is_retry = row.state == "waiting" and row.round > before.round
    assert row.round == before.round + is_retry, words
    effects = {effect.id: effect.version for effect in row.effects}
    older = [effect for effect in before.effects if effects.get(effect.id, 0) < effect.version]
    assert not older, f"{told(row)} has forgotten {older}"


def check_said(storage: Storage) -> None:
    """Check that each round of an execution was said once at most, in time, and not after it was called off."""
    _check_said_once(storage)
    _check_said_in_time(storage)


def _check_said_once(storage: Storage) -> None:
    last: dict[UUID, int] = {}
    for steps in storage.committed:
        for data in _orders(steps):
            row = storage.executions[data.execution].row
            assert data.round > last.get(data.execution, 0), f"said twice, or after its cancel: {told(row)}"
            last[data.execution] = data.round


def _check_said_in_time(storage: Storage) -> None:
    steps = storage.committed[-1]
    rounds = {s.before.id: s.before.round for s in steps.rows if s.before and _is_over(s.before)}
    for data in _orders(steps):
        row = storage.executions[data.execution].row
        assert row.due_at is not None, f"said without a moment: {told(row)}"
        assert row.due_at <= storage.now, f"said before its moment: {told(row)}"
        assert rounds.get(row.id, 0) < data.round, f"said after its cancel: {told(row)}"


def _orders(steps: Steps) -> Iterator[PerformAction | ItemCommand]:
    return (data for data in steps.said if isinstance(data, PerformAction | ItemCommand))


def _is_over(row: ExecutionRow) -> bool:
    return row.state == "cancelled" or (row.state == "dispatched" and bool(row.reason))


def check_timers(storage: Storage) -> None:
    """Check that timers are set for just the rows that wait for a moment, each for that moment, or to look again."""
    wanted = _wanted_timers(storage)
    missing = [told(storage.executions[i].row) for i in wanted.keys() - storage.timers.keys()]
    assert not missing, f"without a timer: {missing}"
    needless = [told(storage.executions[i].row) for i in storage.timers.keys() - wanted.keys()]
    assert not needless, f"with a timer: {needless}"
    for i, at in storage.timers.items():
        fine = at == wanted[i] or _may_differ(storage, i, at, wanted[i])
        assert fine, f"the timer of {told(storage.executions[i].row)} says {at}"


def _wanted_timers(storage: Storage) -> dict[UUID, datetime]:
    rows = [execution.row for execution in storage.executions.values()]
    return {row.id: row.due_at for row in rows if row.state in TIMED and row.due_at is not None}


def _may_differ(storage: Storage, execution: UUID, at: datetime, due_at: datetime) -> bool:
    """Say whether a timer may be set for another moment than its row: it is held, or was resumed when it was due."""
    held = execution in storage.held and at <= storage.now + LOOK_AGAIN
    return held or max(at, due_at) <= storage.now


def check_places(storage: Storage) -> None:
    """Check that nothing waits of an item that is gone, nor of a stage that it left, but for what stays."""
    for execution in storage.executions.values():
        row, copy = execution.row, storage.copies[execution.row.item]
        if row.state in WAITING and row.round == 1 and copy.heard >= copy.version:
            assert _stays(storage, row, copy), f"waits though its item has left: {told(row)}"
            assert not copy.gone, f"waits though its item is deleted: {told(row)}"


def _stays(storage: Storage, row: ExecutionRow, copy: Copy) -> bool:
    rule = storage.knowledge.rule(row.rule_set, row.rule)
    assert rule is not None
    return row.activation == copy.activation or outlasts_its_stage(rule)


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
