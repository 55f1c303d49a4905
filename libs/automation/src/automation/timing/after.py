"""After: an interval counted from the entry, or from the last change of the item since."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from typing_extensions import override

from automation.facts import Facts
from automation.intervals import Interval
from automation.lateness import IN_TIME
from automation.timing.plans import DueAt, PlanContext, SkippedPast, Span, Timing, in_zone


class After(Timing):
    """Due an interval after the entry, as `{after: 2 days}`; `since: last_change` begins anew with each change."""

    after: Span
    since: Literal["entry", "last_change"] = "entry"
    grace: ClassVar[timedelta] = IN_TIME
    counts_from_entry: ClassVar[bool] = True

    @property
    @override
    def length(self) -> Interval:
        return self.after

    @override
    def plan(self, moment: PlanContext) -> DueAt | SkippedPast:
        entered = moment.entered_at
        start = entered if self.since == "entry" else moment.last_change
        at = self._at(start, moment.facts)
        words = "entry" if start == entered else "the last change"
        return self.due(at, self.words(f"{self.after} after {words}"), moment)

    def _at(self, start: datetime, facts: Facts) -> datetime:
        if self.after.elapses and self.working_time is None:
            # No clock on any wall has a say in it.
            return self.after.elapsed(start)
        return in_zone(self.after, self.zone_of(facts), self.counting(self.after, facts), start)
