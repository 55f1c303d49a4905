"""Whether the moment of a row that is due is still the one that its rule means, and one at which it may run."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from contracts.executions import ExecutionRow
from contracts.rules import Rule

from automation.compiled.case import Case
from automation.compiled.places import NotCompiled
from automation.lateness import POSTPONED
from automation.rows import plan_of
from automation.settling import previous_end
from automation.timing import PlanContext, Recurring, Timing
from automation.timing.after import After
from automation.timing.immediate import Immediate
from automation.timing.wait_for import WaitFor

Check = Callable[[Case], bool]
LATE = POSTPONED.encode()


def still_right(rule: Rule, timing: Timing) -> Check:
    """Compile whether the moment is the one that is computed now; raises `NotCompiled` for what has many moments."""
    if isinstance(timing, Recurring | WaitFor):
        raise NotCompiled("timing")
    if timing.working_time is None:
        if isinstance(timing, Immediate):
            return lambda case: case.row.due_at == case.item.entered_at
        if isinstance(timing, After) and timing.since == "entry" and _elapses(timing):
            span = timedelta(seconds=timing.after.seconds)
            return lambda case: case.row.due_at == case.item.entered_at + span
    return _computed(rule)


def may_run_now(timing: Timing) -> Check | None:
    """Compile whether it may run at this hour; None for any hour."""
    if timing.working_time is None:
        return None

    def working(case: Case) -> bool:
        calendar = timing.calendar(case.facts)
        # What was moved for its hour is told apart by its notes.
        return (calendar is None or calendar.next_moment(case.now) == case.now) and LATE not in bytes(case.row.notes)

    return working


def _elapses(timing: After) -> bool:
    span = timing.after
    return not (span.working or span.months or span.weeks or span.days)


def _computed(rule: Rule) -> Check:
    def computed(case: Case) -> bool:
        row = case.row
        ended = previous_end(cast("ExecutionRow", row))
        plan = plan_of(rule, PlanContext(case.facts, case.now, ended, row.occurrence, case.changed_at))
        if plan.state == "waiting_for_previous":
            return True
        return plan.due_at == row.due_at and plan.state in {"waiting", "skipped"}

    return computed
