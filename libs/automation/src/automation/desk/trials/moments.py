"""Laws of time and order: nothing runs before its timing says so, no chain and no series is forgotten."""

from uuid import UUID

from contracts.executions import PENDING, ExecutionRow
from contracts.ids import execution_id

from automation.desk.trials.laws import told
from automation.desk.trials.storage import Storage
from automation.desk.trials.watched import Seen
from automation.reading import ReadRule, read_rule
from automation.settling import counts_from, previous, previous_end, wait_is_over
from automation.succession import Ends, fate, superseded
from automation.timing import DueAt, DueNow, PlanContext, SkippedPast, Timing
from automation.timing.after_previous import AfterPrevious

AHEAD = frozenset({"waiting", "waiting_for_date", "waiting_for_previous"})


def check_moments(storage: Storage) -> None:
    """Check of what was just said that it might be said then, asked afresh of all that was known."""
    for seen in storage.committed[-1].acts:
        row = seen.row
        assert storage.gate_open, f"said though the gate is closed: {told(row)}"
        paused = storage.knowledge.is_paused(row.rule, row.rule_set.pipeline)
        assert not paused, f"said though paused: {told(row)}"
        rule = storage.knowledge.rule(row.rule_set, row.rule)
        assert rule is not None
        read = read_rule(rule, storage.knowledge)
        _check_act(storage, seen, read)
        if _rests_on_its_timing(seen):
            _check_timing(storage, seen, read.timing)


def _rests_on_its_timing(seen: Seen) -> bool:
    row = seen.row
    known = row.activation == seen.facts.item.activation or counts_from(row) is not None
    return row.round == 1 and known and not wait_is_over(row)


def _check_act(storage: Storage, seen: Seen, read: ReadRule) -> None:
    row = seen.row
    assert read.condition.weigh(seen.facts).value is True, f"said though its condition does not hold: {told(row)}"
    open_ = read.timing.calendar(seen.facts)
    assert open_ is None or open_.next_moment(storage.now) == storage.now, f"said outside hours: {told(row)}"


def _check_timing(storage: Storage, seen: Seen, timing: Timing) -> None:
    answer = timing.plan(_asked_again(seen, timing))
    fine = isinstance(answer, DueAt | DueNow | SkippedPast) and answer.at <= storage.now
    assert fine, f"{told(seen.row)} was said at {storage.now}, and its timing says {answer}"


def _asked_again(seen: Seen, timing: Timing) -> PlanContext:
    row = seen.row
    ended = previous_end(row) if isinstance(timing, AfterPrevious) else None
    return PlanContext(seen.facts, row.planned_at, ended, row.occurrence, seen.changed_at, counts_from(row))


def check_chains(storage: Storage) -> None:
    """Check that what waits for the rule before it waits for one that has not ended."""
    for execution in storage.executions.values():
        row = execution.row
        if row.state != "waiting_for_previous" or superseded(row.rule_set, storage.knowledge):
            continue
        rule = storage.knowledge.rule(row.rule_set, row.rule)
        before = previous(rule, row.rule_set, row.stage, storage.knowledge) if rule else None
        assert before is not None, f"nothing is before {told(row)}"
        awaited = storage.executions.get(execution_id(before.id, row.item, row.activation, row.occurrence))
        assert awaited is not None, f"{told(row)} waits for what is not there"
        assert awaited.row.state in PENDING, f"{told(row)} waits, though {told(awaited.row)}"


def check_series(storage: Storage) -> None:
    """Check that of each rule that recurs one occurrence is ahead, as long as its item stays."""
    last: dict[tuple[UUID, UUID], ExecutionRow] = {}
    going: set[tuple[UUID, UUID]] = set()
    for execution in storage.executions.values():
        row = execution.row
        if not _is_present(storage, row):
            continue
        series = row.rule, row.item
        last[series] = max(row, last.get(series, row), key=lambda one: one.occurrence)
        if row.round == 1 and row.state in AHEAD:
            going.add(series)
    for series, row in last.items():
        assert series in going or not _goes_on(storage, row), f"nothing follows {told(row)}"


def _is_present(storage: Storage, row: ExecutionRow) -> bool:
    """Say whether an item stays where a row is of, and the planner has heard all of it."""
    copy = storage.copies[row.item]
    return row.activation == copy.activation and not copy.gone and copy.heard >= copy.version


def _goes_on(storage: Storage, row: ExecutionRow) -> bool:
    rule = storage.knowledge.rule(row.rule_set, row.rule)
    assert rule is not None
    recurs = read_rule(rule, storage.knowledge).timing.recurs
    if (row.rule, row.item, row.activation) in storage.stopped:
        return False
    ends = fate(row.rule_set, row.rule, row.stage, storage.knowledge)
    return recurs and not isinstance(ends, Ends) and row.reason != "left before it was planned"
