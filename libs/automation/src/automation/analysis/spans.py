"""How long after its entry a rule runs: at the earliest and at the latest, as far as its timing alone says."""

from datetime import timedelta
from typing import Any

from automation.analysis.outline import Spot
from automation.intervals import Interval
from automation.timing import Timing
from automation.timing.after import After
from automation.timing.after_previous import AfterPrevious
from automation.timing.at import At
from automation.timing.every import WEEKDAYS, Every
from automation.wall_times import read_wall, read_zone

NOTHING = timedelta()
# What a change of the clock may take from days, or add to them.
CLOCK_CHANGE = timedelta(hours=2)


def earliest(spot: Spot) -> timedelta:
    """Give a time after the entry before which the rule does not run."""
    timing = spot.read.timing
    if isinstance(timing, After):
        return _at_least(timing.after)
    if not timing.after_previous_rule or spot.before is None:
        return NOTHING
    own = _at_least(timing.after_previous) if isinstance(timing, AfterPrevious) else NOTHING
    return earliest(spot.before) + own


def latest(spot: Spot) -> timedelta | None:
    """Give a time after the entry by which the rule is due, whatever happens; None where nothing says so."""
    timing = spot.read.timing
    if timing.of_entry:
        return NOTHING
    if not isinstance(timing, After) or timing.working_time or timing.after.working or timing.since != "entry":
        return None
    return _at_most(timing.after)


def same_moment(first: Timing, second: Timing) -> bool:
    """Say whether two timings mean the same moment, or would on some days."""
    if first.after_previous_rule or second.after_previous_rule or type(first) is not type(second):
        return False
    return not _days(first).isdisjoint(_days(second)) and _plain(first) == _plain(second)


def _days(timing: Timing) -> set[str]:
    """Give the days of the week on which a timing may fall."""
    return {*((timing.days if isinstance(timing, Every) else ()) or WEEKDAYS)}


def _plain(timing: Timing) -> dict[str, Any]:
    """Give what the moment depends on, however it is written."""
    parts = {name: getattr(timing, name) for name in type(timing).model_fields if name not in {"if_past", "days"}}
    worked = timing.working_time is not None
    plain = {name: _length(part, worked) if isinstance(part, Interval) else part for name, part in parts.items()}
    if isinstance(timing, At):
        plain["at"] = read_wall(timing.at, read_zone("UTC"))
    return plain


def _length(interval: Interval, worked: bool) -> tuple[Any, ...]:  # noqa: FBT001 - one of its two readings
    weeks, days = interval.weeks, interval.days
    if not (worked or interval.working):
        weeks, days = 0, weeks * 7 + days
    return interval.months, weeks, days, interval.seconds, interval.working


def _at_least(interval: Interval) -> timedelta:
    shortest = interval.shortest()
    return max(NOTHING, shortest - CLOCK_CHANGE) if interval.months or interval.weeks or interval.days else shortest


def _at_most(interval: Interval) -> timedelta:
    days = timedelta(days=interval.months * 31 + interval.weeks * 7 + interval.days)
    return days + timedelta(seconds=interval.seconds) + (CLOCK_CHANGE if days else NOTHING)
