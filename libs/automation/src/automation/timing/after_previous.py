"""After the previous rule: when the nearest enabled rule before it has ended as asked, plus an interval."""

from datetime import timedelta
from typing import ClassVar, Literal

from contracts.executions import ExecutionRow, ExecutionState
from typing_extensions import override

from automation.lateness import IN_TIME
from automation.timing.plans import DueAt, PlanContext, SkippedPast, Span, Timing, WaitingForPrevious, in_zone

# What a rule that waited for a signal came to, as its row says.
OUTCOME = "wait.outcome"
FITS: dict[str, frozenset[ExecutionState]] = {
    "succeeded": frozenset({"succeeded"}),
    "finished": frozenset({"succeeded", "skipped"}),
    "failed": frozenset({"failed"}),
}


class AfterPrevious(Timing):
    """Due an interval after the rule before it succeeded, as `{after_previous: 1 day, on_previous: failed}`."""

    after_previous: Span
    on_previous: Literal["succeeded", "finished", "failed", "arrived", "timed_out"] = "succeeded"
    grace: ClassVar[timedelta] = IN_TIME

    @property
    @override
    def after_previous_rule(self) -> bool:
        return True

    @property
    @override
    def awaits(self) -> str:
        return self.on_previous

    @override
    def runs_after(self, previous: ExecutionRow) -> bool:
        fitting = FITS.get(self.on_previous)
        return previous.seen.get(OUTCOME) == self.on_previous if fitting is None else previous.state in fitting

    @override
    def plan(self, moment: PlanContext) -> DueAt | SkippedPast | WaitingForPrevious:
        if moment.previous_at is None:
            return WaitingForPrevious()
        working = self.counting(self.after_previous, moment.facts)
        at = in_zone(self.after_previous, self.zone_of(moment.facts), working, moment.previous_at)
        cause = f"{self.after_previous} after the rule before it {self.on_previous}"
        return self.due(at, self.words(cause), moment)
