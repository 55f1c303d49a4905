"""At: an exact moment."""

from pydantic import field_validator
from typing_extensions import override

from automation.timing.plans import DueAt, PlanContext, SkippedPast, Timing
from automation.wall_times import read_moment, read_zone


class At(Timing):
    """Due at a moment, as `{at: 2026-12-01T10:00}`, in the zone unless an offset is written."""

    at: str

    @field_validator("at")
    @classmethod
    def _is_a_moment(cls, written: str) -> str:
        read_moment(written, read_zone("UTC"))
        return written

    @override
    def plan(self, moment: PlanContext) -> DueAt | SkippedPast:
        at = read_moment(self.at, self.zone_of(moment.facts))
        working = self.calendar(moment.facts)
        return self.due(working.next_moment(at) if working else at, self.words(f"at {self.at}"), moment)
