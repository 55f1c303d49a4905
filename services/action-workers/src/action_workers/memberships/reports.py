"""Asking platforms how requests came out that they took: a later report, which changes the row and never the chain."""

import asyncio
from collections.abc import Sequence
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
from action_workers.answers import Uncertain, sound
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
        said = [(of, await self._ask(of[0], knowledge)) for of in by_request(effects)]
        reports = [(of, came_out) for of, came_out in said if came_out is not None]
        for of, came_out in reports:
            await self._record(of, came_out)
        return len(reports)

    async def _ask(self, effect: Effect, knowledge: Knowledge) -> CameOut | None:
        try:
            platform = self.attempts.prepare(known(effect.action), effect, knowledge).provider
            if isinstance(platform, AudienceProvider):
                return await platform.came_out(effect.reference)
        except (Rejected, Retryable, Uncertain) as error:
            log.info("reports: a platform does not say", effect=str(effect.id), error=str(error))
        return None

    async def _record(self, effects: Sequence[Effect], came_out: CameOut) -> None:
        ids = [effect.id for effect in effects]
        async with self.database.transaction() as tx:
            locked = await effects_store.lock(tx, ids)
            now = await tx.now()
            said = [ledger.reported(row, report_of(row, came_out), now) for row in locked]
            changed = [after for after in said if after is not None]
            await effects_store.move(tx, changed)
            await store.asked(tx, ids)
            await self.announcer.announce(tx, changed)


def by_request(effects: Sequence[Effect]) -> list[list[Effect]]:
    """Put together the effects that one request of a platform was for."""
    requests: dict[tuple[str, str], list[Effect]] = {}
    for effect in effects:
        requests.setdefault((effect.connection, effect.reference), []).append(effect)
    return list(requests.values())


def report_of(effect: Effect, came_out: CameOut) -> ProviderCallback:
    """Give what a platform says of a request as the report on one of its effects."""
    return ProviderCallback(
        provider=effect.connection,
        effect=effect.id,
        reference=effect.reference,
        state="confirmed" if came_out.well else "bounced",
        reason=sound(came_out.words),
        at=datetime.now(UTC),
    )
