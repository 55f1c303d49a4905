"""Where to begin to look in a queue: what was deleted is walked over for as long as somebody's old snapshot sees it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Seconds between looks from the very bottom, and the part of the time that they may take.
EVERY, PART = 2.0, 0.05
# Seconds between looks at the transactions that are open.
LOOK_EVERY = 0.5
OPEN = (
    "SELECT pg_snapshot_xmin(s)::text::bigint AS oldest, pg_snapshot_xmax(s)::text::bigint AS next"
    " FROM pg_current_snapshot() AS s"
)


class Bottom:
    """Says when to look from the very bottom, for what was committed late: the more rarely the longer it takes."""

    def __init__(self) -> None:
        self._at = 0.0

    def due(self) -> bool:
        """Say whether it is time."""
        return time.monotonic() >= self._at

    @contextmanager
    def look(self) -> Iterator[None]:
        """Look while the block lasts."""
        began = time.monotonic()
        yield
        ended = time.monotonic()
        self._at = ended + max(EVERY, (ended - began) / PART)


class Settled:
    """The number `low` up to which all is carried that there will ever be, of a table whose rows are numbered.

    A transaction takes its numbers when it writes and shows its rows when it commits, so that a lower one may come
    later. What was the highest at one look is a bound once all transactions have ended that were open at the next.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin from the bottom, as after rows of others were taken over."""
        self.low = self._highest = self._mark = 0
        self._fence: int | None = None
        self._is_over = False
        self._look_at = 0.0

    async def look(self, connection: Any) -> None:
        """Look at the open transactions, if it is time and worth it; before the rows are read."""
        now = time.monotonic()
        if now < self._look_at or self._highest == self.low:
            return
        self._look_at = now + LOOK_EVERY
        if not self._mark:
            self._mark = self._highest
            return
        open_now = await connection.fetchrow(OPEN)
        if self._fence is None:
            self._fence = open_now["next"]
        elif open_now["oldest"] >= self._fence:
            self._is_over = True

    def carried(self, last: int | None, *, all_of_them: bool) -> None:
        """Note that what was read is carried, up to the number `last`; `all_of_them`: nothing is left behind it."""
        self._highest = max(self._highest, last or 0)
        if self._is_over and (all_of_them or (last or 0) >= self._mark):
            self.low, self._mark, self._fence, self._is_over = self._mark, 0, None, False
