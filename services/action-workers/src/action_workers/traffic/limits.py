"""How many effects an account takes: so many a second, so many at once, counted over all replicas.

The rate is a GCRA (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): one moment for each account, at which
its line is empty. In no second more than `per_second` go out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

# At most so often a second an account has to be looked at: where it has more slots, some come together, which also
# makes up for looks that come late.
GRANTS = 10
MANY = 1_000_000


class Limits(BaseModel):
    """What a connection may set: `per_second` and `at_once`; after so many `failures` in a row it is left alone.

    None is no limit; 0 failures: it is never left alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_second: float | None = Field(None, gt=0, le=10_000)
    at_once: int | None = Field(None, ge=1, le=10_000)
    failures: int = Field(5, ge=0, le=1000)

    def over(self, usual: "Limits") -> "Limits":
        """Give these limits, and the usual ones where nothing is set."""
        return usual.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})

    @property
    def counted(self) -> bool:
        """Say whether replicas must count together."""
        return self.per_second is not None or self.at_once is not None

    @property
    def burst(self) -> int:
        """Give how many may go at one moment."""
        return max(1, int((self.per_second or 0) // GRANTS))

    @property
    def between(self) -> timedelta:
        """Give the time between two; a burst counts against the second that it is in."""
        rate = self.per_second or MANY
        return timedelta(seconds=1 / (rate - self.burst + 1 if rate >= 1 else rate))

    def free(self, line_empty_at: datetime | None, now: datetime) -> int:
        """Give how many may go now."""
        if self.per_second is None:
            return MANY
        ahead = (self.burst - 1) * self.between - max((line_empty_at or now) - now, timedelta())
        return 0 if ahead < timedelta() else ahead // self.between + 1

    def after(self, line_empty_at: datetime | None, now: datetime, count: int) -> datetime | None:
        """Give when the line is empty after so many went."""
        if self.per_second is None:
            return None
        return max(line_empty_at or now, now) + count * self.between

    def next_at(self, line_empty_at: datetime | None, now: datetime) -> datetime:
        """Give when the next one may go."""
        if self.per_second is None or line_empty_at is None:
            return now
        return max(now, line_empty_at - (self.burst - 1) * self.between)


def slots(limits: Limits, line_empty_at: datetime | None, running: int, now: datetime) -> int:
    """Give how many more an account takes now, where so many are on their way."""
    most = limits.free(line_empty_at, now)
    return most if limits.at_once is None else max(0, min(most, limits.at_once - running))


def dealt(count: int, among: int) -> Iterator[int]:
    """Deal so many among so many, evenly; the first get what is left over."""
    each, more = divmod(count, among)
    yield from (each + (n < more) for n in range(among))
