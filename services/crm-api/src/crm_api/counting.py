"""The task that keeps totals short, and counts and indexes anew what was never counted, or sums another field now.

What each change adds to the totals is a row of its own; here the rows are folded into the sums. A type that nobody has
counted has items from before there were totals, or from a restore: first its items get what they are found by, in
chunks, then all of them are counted.
"""

import asyncio
import contextlib
from uuid import UUID

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import CONTENDED, UNREACHABLE, Database

from crm_api.indexing import face
from crm_api.store import index as stored_index
from crm_api.store import items as stored_items
from crm_api.store import totals as store

EVERY = 1.0
AT_ONCE = 10_000
CHUNK = 1_000
FIRST = UUID(int=0)
log = structlog.get_logger()


class Counting:
    """Folds, counts and indexes; any number of replicas."""

    def __init__(self, database: Database, config: ConfigCopy[Knowledge]) -> None:
        self.database = database
        self.config = config

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; trouble of the database is waited out."""
        while not stop.is_set():
            try:
                await self.turn()
            except (*UNREACHABLE, *CONTENDED) as error:
                log.warning("counting: waits for the database", error=repr(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await stop.wait()

    async def turn(self) -> None:
        """Fold what there is, and count the types that nobody has counted as they are now."""
        async with self.database.transaction() as tx:
            await store.fold(tx, AT_ONCE)
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
            counted = await store.counted(tx)
        for key, type_ in knowledge.types.items():
            if key not in counted:
                await self.index(key)
            if counted.get(key) != type_.amount:
                async with self.database.transaction() as tx:
                    await store.recount(tx, key, type_.amount)

    async def index(self, type_: str) -> None:
        """Let all items of a type be found by their values as they are now."""
        after: UUID | None = FIRST
        while after is not None:
            after = await self._index(type_, after)

    async def _index(self, type_: str, after: UUID) -> UUID | None:
        async with self.database.transaction() as tx:
            ids = await stored_items.next_of_type(tx, type_, after, CHUNK)
            await stored_items.lock(tx, ids)
            loaded = await stored_items.load(tx, ids)
            knowledge = await self.config.view(tx)
            await stored_index.put(tx, [face(knowledge, one.item) for one in loaded.values()])
        return ids[-1] if ids else None
