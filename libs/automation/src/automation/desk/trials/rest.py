"""The law of rest: when all that changed has been taken in, what waits has the moment that is computed from scratch."""

from datetime import datetime

from contracts.executions import ExecutionRow

from automation.desk.trials.laws import told
from automation.desk.trials.storage import Storage
from automation.facts import Facts
from automation.postponing import computed
from automation.reading import read_rule
from automation.settling import counts_from, previous_end, wait_is_over, was_decided
from automation.succession import superseded
from automation.timing import DueAt, DueNow, PlanContext, Planned, SkippedPast, WaitingForSignal

MOMENTS = frozenset({"waiting", "waiting_for_date", "waiting_for_signal"})


def check_rest(storage: Storage) -> None:
    """Check that what waits is due just when its timing, asked afresh, says; what is due by both waits for its turn."""
    assert not storage.afresh, "items wait to be computed afresh"
    assert not storage.walks, "a change of the calendar waits to be taken in"
    for row in (execution.row for execution in storage.executions.values()):
        if row.round == 1 and not wait_is_over(row) and _is_settled(storage, row):
            _check_row(storage, row)


def _check_row(storage: Storage, row: ExecutionRow) -> None:
    if row.state in MOMENTS:
        _check_moment(storage, row)
    elif row.state == "skipped" and not was_decided(row):
        _check_past(storage, row)


def _check_past(storage: Storage, row: ExecutionRow) -> None:
    answer = _asked_afresh(storage, row)
    ahead = isinstance(answer, DueAt) and answer.at > storage.now
    assert not ahead, f"{told(row)} stays so, and its timing says {answer}"


def _is_settled(storage: Storage, row: ExecutionRow) -> bool:
    """Say whether the item still tells what the row counts from, and no publish is still to be taken in."""
    copy = storage.copies[row.item]
    known = row.activation == copy.activation or (row.state != "skipped" and counts_from(row) is not None)
    return known and not copy.gone and copy.heard >= copy.version and not superseded(row.rule_set, storage.knowledge)


def _check_moment(storage: Storage, row: ExecutionRow) -> None:
    answer = _asked_afresh(storage, row)
    at, planned = _moment(answer), computed(row)
    both_come = at is not None and planned is not None and max(at, planned) <= storage.now
    assert at == planned or both_come, f"{told(row)} waits, and its timing says {answer}"


def _asked_afresh(storage: Storage, row: ExecutionRow) -> Planned:
    copy, rule = storage.copies[row.item], storage.knowledge.rule(row.rule_set, row.rule)
    assert copy.item is not None
    assert rule is not None
    links = [storage.copies[link.id].item for link in copy.item.links if link.id in storage.copies]
    facts = Facts(copy.item, tuple(item for item in links if item is not None), storage.knowledge)
    asked = PlanContext(facts, storage.now, previous_end(row), row.occurrence, copy.changed_at, counts_from(row))
    return read_rule(rule, storage.knowledge).timing.plan(asked)


def _moment(answer: Planned) -> datetime | None:
    if isinstance(answer, DueAt | DueNow | SkippedPast):
        return answer.at
    return answer.until if isinstance(answer, WaitingForSignal) else None
