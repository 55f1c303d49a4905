"""Asking platforms how requests came out that they took: a later report, which changes the row and never the chain."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database
from chassis.errors import Rejected, Retryable
from chassis.outbox import Outbox
from chassis.turning import turn_until
from contracts.actions import ProviderCallback

from action_workers import ledger
from action_workers import store as effects_store
from action_workers.announcing import Announcer
from action_workers.answers import Uncertain
from action_workers.attempts import Attempts, known
from action_workers.effect import Effect
from action_workers.memberships import store
from action_workers.providers.audiences import AudienceProvider, CameOut

EVERY = 5.0  # seconds
AGAIN = timedelta(minutes=10)
# A platform that does not say for hours will not.
MOST_ASKED, AT_ONCE = 36, 20
log = structlog.get_logger()


class Reports:
    """Asks about what is due; any number of replicas."""

    def __init__(self, database: Database, outbox: Outbox, config: ConfigCopy[Knowledge], attempts: Attempts) -> None:
        self.database = database
        self.config = config
        self.attempts = attempts
        self.announcer = Announcer(outbox)

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until told to stop."""

        async def turn_and_rest() -> bool:
            await self.turn()
            return False

        await turn_until(stop, turn_and_rest, every=EVERY, task="reports")

    async def turn(self) -> int:
        """Ask about what is due by now, and give how many reports there were."""
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
            now = await tx.now()
            asked = await store.to_ask(tx, now, now + AGAIN, AT_ONCE)
            effects = await effects_store.lock(tx, asked) if asked else []
            await store.asked(tx, [effect for effect, times in asked.items() if times >= MOST_ASKED])
        said = [(effect, await self._ask(effect, knowledge)) for effect in effects]
        reports = [(effect, came_out) for effect, came_out in said if came_out is not None]
        for effect, came_out in reports:
            await self._record(effect, came_out)
        return len(reports)

    async def _ask(self, effect: Effect, knowledge: Knowledge) -> CameOut | None:
        try:
            platform = self.attempts.prepare(known(effect.action), effect, knowledge).provider
            if isinstance(platform, AudienceProvider):
                return await platform.came_out(effect.reference)
        except (Rejected, Retryable, Uncertain) as error:
            log.info("reports: a platform does not say", effect=str(effect.id), error=str(error))
        return None

    async def _record(self, effect: Effect, came_out: CameOut) -> None:
        report = ProviderCallback(
            provider=effect.connection,
            effect=effect.id,
            reference=effect.reference,
            state="confirmed" if came_out.well else "bounced",
            reason=came_out.words,
            at=datetime.now(UTC),
        )
        async with self.database.transaction() as tx:
            locked = await effects_store.lock(tx, [effect.id])
            now = await tx.now()
            changed = [after for row in locked if (after := ledger.reported(row, report, now)) is not None]
            await effects_store.move(tx, changed)
            await store.asked(tx, [effect.id])
            await self.announcer.announce(tx, changed)
