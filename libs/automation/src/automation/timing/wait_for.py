"""Wait for: a signal that fits, since the rule before it succeeded, for at most an interval."""

from collections.abc import Iterable
from typing import Any

from contracts.executions import ExecutionRow
from contracts.items import SignalSeen
from pydantic import Field
from typing_extensions import override

from automation.filters import fits
from automation.signal_kinds import heard_as
from automation.timing.plans import PlanContext, Span, Timing, WaitingForPrevious, WaitingForSignal, in_zone

SUCCEEDED = "succeeded"


class WaitFor(Timing):
    """Due when a signal arrives, as `{wait_for: document.opened, filter: {…}, at_most: 3 days}`.

    It has one outcome: `arrived`, and its action runs, or `timed_out`, and it does not; the rule after it may ask for
    either. Where no rule stands before it, signals count from the entry.
    """

    wait_for: str = Field(min_length=1)
    filter: dict[str, Any] = Field(default_factory=dict)
    at_most: Span | None = None

    @property
    @override
    def after_previous_rule(self) -> bool:
        return True

    @property
    @override
    def needs_previous(self) -> bool:
        return False

    @property
    @override
    def awaits(self) -> str:
        return SUCCEEDED

    @override
    def runs_after(self, previous: ExecutionRow) -> bool:
        return previous.state == SUCCEEDED

    @override
    def plan(self, moment: PlanContext) -> WaitingForPrevious | WaitingForSignal:
        if moment.previous_at is None:
            return WaitingForPrevious()
        words = f"waiting for {self.wait_for}"
        if self.at_most is None:
            return WaitingForSignal(None, words)
        working = self.counting(self.at_most, moment.facts)
        until = in_zone(self.at_most, self.zone_of(moment.facts), working, moment.previous_at)
        return WaitingForSignal(until, self.words(f"{words}, {self.at_most} at most"))

    def heard(self, signals: Iterable[SignalSeen]) -> SignalSeen | None:
        """Give the earliest of these signals that fits."""
        fitting = [one for one in signals if self.wait_for in heard_as(one.kind) and fits(self.filter, one.payload)]
        return min(fitting, key=lambda one: one.happened_at, default=None)
