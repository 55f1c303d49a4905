"""Immediate: the moment of entry, or the next working moment."""

from typing_extensions import override

from automation.timing.plans import DueAt, DueNow, PlanContext, SkippedPast, Timing


class Immediate(Timing):
    """Due at the entry; written as no timing at all, or as `{immediate: true}`."""

    immediate: bool = True

    @property
    @override
    def of_entry(self) -> bool:
        return self.working_time is None

    @override
    def plan(self, moment: PlanContext) -> DueNow | DueAt | SkippedPast:
        working = self.calendar(moment.facts)
        if working is None:
            return DueNow(moment.entered_at)
        at = working.next_moment(moment.entered_at)
        return self.due(at, "the next working moment after entry", moment)
