"""What became of all that was due while something was away: in time, late, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from automation.actions import ACTIONS

LONGEST = timedelta(days=31)
# Beyond these a part of the window is told, and until when.
MOST = 200_000
MOST_RULES = 1_000
# The ends of the buckets of lateness; the last has none.
BUCKETS: Mapping[str, timedelta] = {
    "up to 1 minute": timedelta(minutes=1),
    "up to 10 minutes": timedelta(minutes=10),
    "up to 1 hour": timedelta(hours=1),
    "up to 6 hours": timedelta(hours=6),
    "up to 1 day": timedelta(days=1),
}
LATER = "over 1 day"
# A worker's action has run when it has ended; what the CRM does itself runs when it is dispatched.
OF_WORKERS = tuple(name for name, action in ACTIONS.items() if action.kind is not None)


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: what was due from one moment until before another, of a pipeline (empty: of any).

    What ran at most `in_time` after it was due is in time.
    """

    since: datetime
    until: datetime
    pipeline: str = ""
    in_time: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Part:
    """Of what was due: how much came to which end; lateness in seconds is that of all that ran."""

    due: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    late_by: Mapping[str, int] = field(default_factory=dict)
    most: float | None = None
    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """The report: all that was due, by pipeline, and by (pipeline, stage, rule); `until` is where it ends."""

    until: datetime
    whole: bool
    together: Part
    by_pipeline: Mapping[str, Part]
    by_rule: Mapping[tuple[str, str, str], Part]
