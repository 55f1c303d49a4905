"""Where to begin to look in a queue: what was deleted is walked over for as long as somebody's old snapshot sees it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Seconds between looks from the very bottom, and the part of the time that they may take.
EVERY, PART = 2.0, 0.02
# Seconds above which a look from there is not made each time.
MUCH = 0.005
# Seconds between looks at the transactions that are open.
LOOK_EVERY = 0.1
# Who writes into a table holds a lock on it from before its first row until its transaction has ended; who vacuums or
# analyzes it, as the server does by itself, holds a lesser one and adds no rows.
WRITERS = (
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'outbox'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareUpdateExclusiveLock')"
    " AND pid IS DISTINCT FROM pg_backend_pid()"
)


class Bottom:
    """Says when to look from the very bottom, for what was committed late: the more rarely the longer it takes.

    `costs` says that the last look took long.
    """

    def __init__(self) -> None:
        self._at = 0.0
        self.costs = False

    def due(self) -> bool:
        """Say whether it is time."""
        return time.monotonic() >= self._at

    @contextmanager
    def look(self) -> Iterator[None]:
        """Look while the block lasts."""
        began = time.monotonic()
        yield
        ended = time.monotonic()
        self.costs = ended - began > MUCH
        self._at = ended + max(EVERY, (ended - began) / PART)


class Settled:
    """The number `low` up to which all is carried that there will ever be, of a table whose rows are numbered.

    A transaction takes its numbers when it writes and shows its rows when it commits, so that a lower one may come
    later. What is the highest at a look is a bound once all have ended that were writing then. A reader holds nothing
    up, nor does who writes elsewhere, for however long.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin from the bottom, as after rows of others were taken over."""
        self.low = self._highest = self._mark = 0
        self._writers: frozenset[str] | None = None
        self._look_at = 0.0

    async def look(self, connection: Any) -> None:
        """Look at the open transactions, if it is time and worth it; before the rows are read."""
        now = time.monotonic()
        if now < self._look_at or self._highest == self.low:
            return
        self._look_at = now + LOOK_EVERY
        writing = frozenset(row["virtualtransaction"] for row in await connection.fetch(WRITERS))
        if self._writers is None:
            self._mark, self._writers = self._highest, writing
        else:
            self._writers &= writing

    def carried(self, last: int | None, *, all_of_them: bool) -> None:
        """Note that what was read is carried, up to the number `last`; `all_of_them`: nothing is left behind it."""
        self._highest = max(self._highest, last or 0)
        # The rows of those that have ended are in what was read behind the look.
        is_over = self._writers is not None and not self._writers
        if is_over and (all_of_them or (last or 0) >= self._mark):
            self.low, self._mark, self._writers = self._mark, 0, None
