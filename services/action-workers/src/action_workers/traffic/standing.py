"""How an account stands: what was heard of it opens it, or closes it for a growing time until one probe succeeds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.retry import Pauses

from action_workers.answers import Word
from action_workers.traffic.limits import Limits

# A provider that is back is noticed within this time, in seconds, however long it was away.
LONGEST_CLOSED = 60.0
LONGEST_BUSY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the attempt at one effect says of its account; `after` is how long it asked us to wait."""

    effect: UUID
    word: Word
    reason: str = ""
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One account; `failures` in a row close it, `closings` in a row make that longer.

    `busy_until` is what the provider asked for, `closed_until` what we decided; `why` is for an operator. While a
    `probe` is under way the account is closed.
    """

    account: str
    line_empty_at: datetime | None = None
    busy_until: datetime | None = None
    closed_until: datetime | None = None
    failures: int = 0
    closings: int = 0
    probe: UUID | None = None
    why: str = ""

    def closed(self, now: datetime) -> bool:
        """Say whether nothing may go."""
        return any(until is not None and until > now for until in (self.busy_until, self.closed_until))

    @property
    def doubted(self) -> bool:
        """Say whether only a probe may go, once it is not closed."""
        return self.closings > 0

    def probed(self, effect: UUID, until: datetime) -> "Standing":
        """Close it while one effect finds out."""
        return replace(self, probe=effect, closed_until=until)


def after(standing: Standing, heard: Iterable[Heard], limits: Limits, pauses: Pauses, now: datetime) -> Standing:
    """Give how an account stands after what was heard of it, in that order."""
    for one in heard:
        standing = _after(standing, one, limits, pauses, now)
    return standing


def _after(standing: Standing, one: Heard, limits: Limits, pauses: Pauses, now: datetime) -> Standing:
    if one.word == "down":
        return _failed(standing, one, limits, pauses, now)
    if one.word == "":
        return standing
    up = replace(standing, failures=0, closings=0, probe=None, closed_until=None)
    if one.word == "up":
        return up if up.busy_until and up.busy_until > now else replace(up, busy_until=None, why="")
    wait = min(one.after if one.after is not None else timedelta(seconds=pauses.first), LONGEST_BUSY)
    return replace(up, busy_until=max(now + wait, up.busy_until or now), why=one.reason)


def _failed(standing: Standing, one: Heard, limits: Limits, pauses: Pauses, now: datetime) -> Standing:
    if standing.doubted and one.effect != standing.probe:
        return standing  # it was on its way when the account was closed
    failures = standing.failures + 1
    if not limits.failures or failures < limits.failures:
        return replace(standing, failures=failures, why=one.reason)
    closings = standing.closings + 1
    growing = replace(pauses, longest=min(pauses.longest, LONGEST_CLOSED))
    until = now + timedelta(seconds=growing.of(closings))
    return replace(standing, failures=failures, closings=closings, closed_until=until, probe=None, why=one.reason)
