"""The task that keeps totals short, and counts and indexes anew what was never counted, or sums another field now.

What each change adds to the totals is a row of its own; here the rows are folded into the sums. A type that nobody has
counted has items from before there were totals, or from a restore: first its items get what they are found by, in
chunks, then all of them are counted.
"""

import asyncio
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database
from chassis.turning import turn_until

from crm_api.lists.indexing import face
from crm_api.store import index as stored_index
from crm_api.store import items as stored_items
from crm_api.store import totals as store

EVERY = 1.0
AT_ONCE = 10_000
CHUNK = 1_000
FIRST = UUID(int=0)


class Counting:
    """Folds, counts and indexes; any number of replicas."""

    def __init__(self, database: Database, config: ConfigCopy[Knowledge]) -> None:
        self.database = database
        self.config = config

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        await turn_until(stop, self.turn, every=EVERY, task="counting")

    async def turn(self) -> bool:
        """Fold what there is, and count the types that nobody has counted as they are now; say if more is to fold."""
        async with self.database.transaction() as tx:
            folded = await store.fold(tx, AT_ONCE)
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
            counted = await store.counted(tx)
        for key, type_ in knowledge.types.items():
            if key not in counted:
                await self.index(key)
            if counted.get(key) != type_.amount:
                async with self.database.transaction() as tx:
                    await store.recount(tx, key, type_.amount)
        return folded == AT_ONCE

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
