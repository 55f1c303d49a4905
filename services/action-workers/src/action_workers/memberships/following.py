"""Hearing where items go: what ends a reason to be in an audience.

An item may be heard of before the effect that depends on it has come out, so where items stand is kept for all.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Transaction
from chassis.handling import Reader
from chassis.received import Reads, Received
from contracts import topics
from contracts.items import (
    CommandCompleted,
    Item,
    ItemChanged,
    ItemDeleted,
    ItemRulesApplied,
    ItemSignalled,
    ItemSnapshot,
    ItemStageChanged,
    RelayProgress,
)

from action_workers import store as effects_store
from action_workers.announcing import ACTOR
from action_workers.memberships import keeping, store
from action_workers.memberships.membership import Stand, over
from action_workers.memberships.orders import Why

READS = Reads.of(
    (ItemStageChanged, ItemDeleted, ItemSnapshot),
    ignored=(ItemChanged, ItemSignalled, ItemRulesApplied, CommandCompleted, RelayProgress),
)


class Following:
    """Follows items, and ends the reasons that depend on where they stand."""

    def __init__(self, config: ConfigCopy[Knowledge], wake: asyncio.Event) -> None:
        self.config = config
        self.wake = wake

    def reader(self) -> Reader:
        """Give the reading of items."""
        return Reader(group="action-workers.audiences", topics=(topics.ITEMS,), reads=READS, handle=self.take)

    async def take(self, tx: Transaction, batch: Sequence[Received]) -> None:
        """Take a batch in one transaction."""
        knowledge = await self.config.view(tx)
        heard = {received.data.item.id: received for received in batch}
        stands = await store.stand(tx, merged(stand_of(received.data.item, knowledge) for received in batch))
        now = await tx.now()
        ended, whys = [], {}
        for reason in await store.reasons_of_items(tx, heard.keys()):
            if words := over(reason, stands[reason.item]):
                ended.append(reason)
                whys[reason.effect] = Why(words, heard[reason.item].envelope.follow(actor=ACTOR), now)
        if ended:
            changes = await keeping.end(tx, ended, whys)
            await effects_store.save(tx, list(changes.fresh.values()))
            tx.after_commit(self.wake.set)


def stand_of(item: Item, knowledge: Knowledge) -> Stand:
    """Give where an item stands by its stage's kind now; a stage that is gone is of no kind."""
    pipeline = knowledge.pipelines.get(item.pipeline)
    stage = pipeline.stage(item.stage) if pipeline else None
    kind = stage.kind if stage else "open"
    return Stand(
        item.id,
        item.activation,
        success=item.activation if kind == "success" else 0,
        failure=item.activation if kind == "failure" else 0,
        deleted=item.deleted,
    )


def merged(stands: Iterable[Stand]) -> list[Stand]:
    """Give one stand for each item: the furthest of each kind."""
    known: dict[UUID, Stand] = {}
    for stand in stands:
        before = known.get(stand.item, stand)
        known[stand.item] = replace(
            stand,
            activation=max(before.activation, stand.activation),
            success=max(before.success, stand.success),
            failure=max(before.failure, stand.failure),
            deleted=before.deleted or stand.deleted,
        )
    return list(known.values())
