"""Immediate: the moment of entry, or the next working moment."""

from datetime import timedelta
from typing import ClassVar

from typing_extensions import override

from automation.lateness import IN_TIME
from automation.timing.plans import DueAt, DueNow, PlanContext, SkippedPast, Timing


class Immediate(Timing):
    """Due at the entry; written as no timing at all, or as `{immediate: true}`."""

    immediate: bool = True
    grace: ClassVar[timedelta] = IN_TIME
    counts_from_entry: ClassVar[bool] = True

    @property
    @override
    def of_entry(self) -> bool:
        return self.working_time is None

    @override
    def plan(self, moment: PlanContext) -> DueNow | DueAt | SkippedPast:
        working = self.calendar(moment.facts)
        if working is None:
            return DueNow(moment.entered_at) if self.if_past == "run" else self._unless_past(moment)
        at = working.next_moment(moment.entered_at)
        return self.due(at, "the next working moment after entry", moment)

    def _unless_past(self, moment: PlanContext) -> DueNow | SkippedPast:
        # Who applies rules to what stands in a stage may come long after its entry.
        planned = self.due(moment.entered_at, "at entry", moment)
        return planned if isinstance(planned, SkippedPast) else DueNow(moment.entered_at)
