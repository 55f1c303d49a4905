"""A service's copy of the config, and the view of it that a transaction decides on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Generic, TypeVar

import structlog
from contracts import topics
from contracts.config import Clock, ConfigChanged
from contracts.items import RelayProgress

from chassis.database import Database, Transaction
from chassis.received import Reads, Received

View = TypeVar("View")
Build = Callable[[View | None, Sequence[ConfigChanged]], View]
Hooks = Mapping[str, Callable[[Transaction, ConfigChanged], Awaitable[None]]]
log = structlog.get_logger()

UPSERT = (
    "INSERT INTO config (kind, id, revision, deleted, data, changed_by, changed_at)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::jsonb[],"
    " $6::text[], $7::timestamptz[])"
    " ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, deleted = excluded.deleted,"
    " data = excluded.data, changed_by = excluded.changed_by, changed_at = excluded.changed_at"
    " WHERE config.revision < excluded.revision"
)
NEWER = (
    "SELECT kind, id, revision, deleted, data, changed_by, changed_at FROM config WHERE revision > $1 ORDER BY revision"
)
# The records were written just before: one that was newer already is still there.
MOVE_CLOCK = (
    'UPDATE clock SET "offset" = $1'
    " WHERE NOT EXISTS (SELECT FROM config WHERE kind = 'clock' AND id = $2 AND revision > $3)"
)
HIGHEST = "SELECT coalesce(max(revision), 0) FROM config"
LOOK_AGAIN = 0.02
PATIENCE = 250


class ConfigCopy(Generic[View]):
    """The config in the database, and in memory as a view that `build` makes from the last view and what is newer."""

    def __init__(self, database: Database, build: Build[View]) -> None:
        self.database = database
        self.build = build
        self.revision = -1
        self._view: View | None = None

    async def view(self, tx: Transaction, *, after_locks: bool = False) -> View:
        """Give the view as this transaction sees the config; asks the time with it where no lock is taken any more."""
        highest = await tx.fetchval_and_now(HIGHEST) if after_locks else await tx.fetchval(HIGHEST)
        return await self.view_at(tx, highest)

    async def view_at(self, tx: Transaction, highest: int) -> View:
        """Give the view where the transaction knows the highest revision already, from a statement of its own."""
        if self._view is not None and highest == self.revision:
            return self._view
        # Taken together: while the rows are read, another transaction may put a newer view in its place.
        last, since = self._view, self.revision
        rows = await tx.fetch(NEWER, since)
        view = self.build(last, [ConfigChanged.model_validate(dict(row)) for row in rows])
        # What this transaction itself wrote may yet be rolled back.
        tx.after_commit(lambda: self._adopt(view, highest))
        return view

    def _adopt(self, view: View, revision: int) -> None:
        if revision > self.revision:
            self._view, self.revision = view, revision

    async def reach(self, revision: int, beat: Callable[[], None] = lambda: None) -> None:
        """Wait until the database holds this revision, calling `beat` meanwhile."""
        if revision <= self.revision:
            return
        looked = 0
        while True:
            async with self.database.transaction() as tx:
                if await tx.fetchval(HIGHEST) >= revision:
                    return
            looked += 1
            if looked % PATIENCE == 0:
                log.warning("config: waits for a revision", revision=revision)
            beat()
            await asyncio.sleep(LOOK_AGAIN)


async def store(tx: Transaction, batch: Sequence[Received], on: Hooks | None = None) -> None:
    """Keep the records of a batch, each only over a lower revision; the rehearsal clock follows its record.

    What `on` says of its kind happens with each record that is not deleted.
    """
    changes = newest(received.data for received in batch if isinstance(received.data, ConfigChanged))
    await keep(tx, list(changes.values()))
    for change in changes.values():
        if on and change.kind in on and not change.deleted:
            await on[change.kind](tx, change)


def newest(told: Iterable[ConfigChanged]) -> dict[tuple[str, str], ConfigChanged]:
    """Give of each record its highest revision, by kind and id: one that comes again may stand behind a newer one."""
    return {(one.kind, one.id): one for one in sorted(told, key=attrgetter("revision"))}


async def keep(tx: Transaction, changes: Sequence[ConfigChanged]) -> None:
    """Write records, each only over a lower revision; at most one of each key."""
    if not changes:
        return
    columns = zip(
        *((c.kind, c.id, c.revision, c.deleted, c.data, c.changed_by, c.changed_at) for c in changes), strict=True
    )
    await tx.execute(UPSERT, *columns)
    for change in changes:
        if change.kind == "clock":
            offset = Clock() if change.deleted else change.record()
            await tx.execute(MOVE_CLOCK, offset.offset, change.id, change.revision)


READS = Reads.of((ConfigChanged, RelayProgress))
TOPICS = (topics.CONFIG,)
