"""Counts by source what was taken and what was refused, in memory, written now and then: a refusal costs no write."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from chassis.database import CONTENDED, UNREACHABLE, Database

from trigger_gateway.store import counts as stored_counts
from trigger_gateway.store.counts import Count

EVERY = 5.0
MOST_REASONS = 1000
OTHER = "other"
Key = tuple[str, str, str]
log = structlog.get_logger()


@dataclass(slots=True)
class Tallied:
    """How often, and when last."""

    count: int
    at: datetime


class Tally:
    """What was counted since it was last written; refusals of no source that we know are counted under no name."""

    def __init__(self) -> None:
        self._counted: dict[Key, Tallied] = {}

    def add(self, source: str, outcome: str, *, reason: str = "", count: int = 1, at: datetime | None = None) -> None:
        """Count so many."""
        key = source, outcome, reason
        if key not in self._counted and len(self._counted) >= MOST_REASONS:
            key = source, outcome, OTHER
        at = at or datetime.now(UTC)
        counted = self._counted.get(key)
        if counted is None:
            self._counted[key] = Tallied(count, at)
        else:
            counted.count += count
            counted.at = max(counted.at, at)

    def taken(self) -> list[Count]:
        """Give what was counted, which then begins anew."""
        counted, self._counted = self._counted, {}
        return [Count(*key, told.count, told.at) for key, told in sorted(counted.items())]

    def put_back(self, counts: list[Count]) -> None:
        """Count again what could not be written."""
        for one in counts:
            self.add(one.source, one.outcome, reason=one.reason, count=one.count, at=one.last_at)


class Tallying:
    """Writes what was counted every few seconds, and at the end; a process that is killed loses the last seconds."""

    def __init__(self, database: Database, tally: Tally, *, every: float = EVERY) -> None:
        self.database = database
        self.tally = tally
        self.every = every

    async def run(self, stop: asyncio.Event) -> None:
        """Write until told to stop; while the database is away, go on counting."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.every):
                    await stop.wait()
            await self.write()

    async def write(self) -> None:
        """Write what was counted, in one statement."""
        counts = self.tally.taken()
        if not counts:
            return
        try:
            async with self.database.transaction() as tx:
                await stored_counts.add(tx, counts)
        except (*UNREACHABLE, *CONTENDED) as error:
            log.warning("tally: waits for the database", error=repr(error))
            self.tally.put_back(counts)
