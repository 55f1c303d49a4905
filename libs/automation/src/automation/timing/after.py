"""After: an interval counted from the entry."""

from typing_extensions import override

from automation.intervals import Interval
from automation.timing.plans import DueAt, PlanContext, SkippedPast, Span, Timing, in_zone


class After(Timing):
    """Due an interval after the entry, as `{after: 2 days}`."""

    after: Span

    @property
    @override
    def length(self) -> Interval:
        return self.after

    @override
    def plan(self, moment: PlanContext) -> DueAt | SkippedPast:
        working = self.counting(self.after, moment.facts)
        at = in_zone(self.after, self.zone_of(moment.facts), working, moment.entered_at)
        return self.due(at, self.words(f"{self.after} after entry"), moment)
