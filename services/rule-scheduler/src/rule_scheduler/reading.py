"""What all roles of a process share: its knowledge, the gate, and how a desk is laid."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from automation.desk.copies import Copy
from automation.desk.desk import Desk
from automation.knowledge import Knowledge
from automation.waiting import LISTEN, waits_for_signals
from chassis.config_copy import ConfigCopy
from chassis.database import Transaction
from chassis.freshness import StalenessGate
from chassis.outbox import Outbox

from rule_scheduler import store
from rule_scheduler.packing import packer


@dataclass(frozen=True, slots=True)
class Room:
    """What the roles of one process work with; `look_again` is how long what is held waits for another look.

    `due` is set when something that is due soon was planned in this process.
    """

    config: ConfigCopy[Knowledge]
    gate: StalenessGate
    outbox: Outbox
    look_again: timedelta
    due: asyncio.Event = field(default_factory=asyncio.Event)

    async def desk(
        self,
        tx: Transaction,
        copies: dict[UUID, Copy],
        *,
        activations: Collection[int] = (),
        executions: Collection[UUID] = (),
    ) -> Desk:
        """Lay a desk: for these copies, which are locked, all that decisions about them read."""
        present = {copy.activation for copy in copies.values()}
        found = await store.executions.load(tx, copies, {*present, *activations}, executions)
        links = {link for e in found.values() for link in copies[e.row.item].links}
        read = await store.copies.look_up(tx, links - copies.keys())
        knowledge = await self.config.view(tx, after_locks=True)
        now = await tx.now()
        listening = {e.row.item for e in found.values() if e.row.state in LISTEN}
        return Desk(
            knowledge=knowledge,
            now=now,
            gate_open=await self.gate.is_open(tx),
            copies={**read, **copies},
            executions=found,
            kept=await store.signals.load(tx, listening) if waits_for_signals(knowledge) else (),
            pack=packer(self.outbox, now),
        )
