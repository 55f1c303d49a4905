"""After: an interval counted from the entry, or from the last change of the item since."""

from typing import Literal

from typing_extensions import override

from automation.intervals import Interval
from automation.timing.plans import DueAt, PlanContext, SkippedPast, Span, Timing, in_zone


class After(Timing):
    """Due an interval after the entry, as `{after: 2 days}`; `since: last_change` begins anew with each change."""

    after: Span
    since: Literal["entry", "last_change"] = "entry"

    @property
    @override
    def length(self) -> Interval:
        return self.after

    @override
    def plan(self, moment: PlanContext) -> DueAt | SkippedPast:
        working = self.counting(self.after, moment.facts)
        start = moment.entered_at if self.since == "entry" else moment.last_change
        at = in_zone(self.after, self.zone_of(moment.facts), working, start)
        words = "entry" if start == moment.entered_at else "the last change"
        return self.due(at, self.words(f"{self.after} after {words}"), moment)
