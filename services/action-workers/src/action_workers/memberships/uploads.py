"""Uploads of many people at once, for platforms that take no fewer: what is buffered goes when there are enough.

A worker that dies after an upload was taken uploads the same people again: an audience is a set, so that does nothing.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database, Transaction
from chassis.errors import Rejected
from chassis.outbox import Outbox
from chassis.timers import Timer, set_timers
from chassis.turning import turn_until

from action_workers import claims, ledger
from action_workers import store as effects_store
from action_workers.actions import Action, Errand
from action_workers.actions.add_to_audience import change_audience
from action_workers.announcing import Announcer
from action_workers.attempts import Attempt, Attempts, known, touch
from action_workers.effect import Effect
from action_workers.memberships import store
from action_workers.memberships.membership import KIND
from action_workers.memberships.store import Buffer
from action_workers.providers.audiences import AudienceProvider
from action_workers.recording import Ended, Recording
from action_workers.traffic import store as accounts_store

EVERY = 0.5  # seconds
# How often, in seconds, rows that wait say how many they are by now.
TOLD_EVERY = 5.0
TIMEOUT = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Upload:
    """Rows that were claimed to go together, and the account that they go through."""

    action: Action
    errand: Errand[Any, Any]
    effects: Sequence[Effect]


class Uploads:
    """Carries out what is buffered; any number of replicas."""

    def __init__(self, database: Database, outbox: Outbox, config: ConfigCopy[Knowledge], attempts: Attempts) -> None:
        self.database = database
        self.config = config
        self.attempts = attempts
        self.announcer = Announcer(outbox)
        self.recording = Recording(KIND, database, outbox)
        self._told: dict[Buffer, tuple[int, float]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Upload until told to stop."""

        async def turn_and_rest() -> bool:
            await self.turn()
            return False

        await turn_until(stop, turn_and_rest, every=EVERY, task="uploads")

    async def turn(self) -> int:
        """Look at all buffers once; give how many uploads were made."""
        async with self.database.transaction() as tx:
            buffers = await store.buffers(tx)
        made = [await self._look_at(buffer) for buffer in buffers]
        return sum(made)

    async def _look_at(self, buffer: Buffer) -> bool:
        upload = await self._claim(buffer)
        if upload is None:
            return False
        await self.carry_out(upload)
        return True

    async def _claim(self, buffer: Buffer) -> Upload | None:
        """Claim the rows of a buffer that is full, committed before anything is touched."""
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
            now = await tx.now()
            rows = await store.lock_buffered(tx, buffer, AudienceProvider.LARGEST)
            if not rows or await accounts_store.is_closed(tx, rows[0].account, now):
                return None
            try:
                upload = self._upload(rows, knowledge)
            except Rejected as error:
                await self._move(tx, [ledger.changed(e, now, state="failed", reason=error.reason) for e in rows])
                return None
            platform = upload.errand.provider
            if len(rows) < platform.SMALLEST:
                await self._wait(tx, buffer, rows, platform, now)
                return None
            claimed = await self._begin(tx, rows[: platform.LARGEST], now)
        return replace(upload, effects=claimed) if claimed else None

    async def _begin(self, tx: Transaction, rows: Sequence[Effect], now: datetime) -> list[Effect]:
        """Claim rows, but for those that are too late, and begin their attempts; give what is claimed."""
        until = now + timedelta(seconds=TIMEOUT + 5)
        taken = [ledger.claimed(effect, now, until) for effect in rows]
        claimed = [effect for effect in taken if effect.state == "claimed"]
        await self._move(tx, taken)
        await effects_store.begin_attempts(tx, claimed, now)
        await set_timers(tx, claims.lane(KIND), [Timer(e.id, until) for e in claimed])
        return claimed

    def _upload(self, rows: Sequence[Effect], knowledge: Knowledge) -> Upload:
        action = known(rows[0].action)
        return Upload(action, self.attempts.prepare(action, rows[0], knowledge), rows)

    async def _wait(
        self, tx: Transaction, buffer: Buffer, rows: Sequence[Effect], platform: AudienceProvider, now: datetime
    ) -> None:
        """Say how many wait; what waited too long has failed."""
        longest = platform.longest_wait()
        late = [effect for effect in rows if now - effect.asked_at > longest]
        if late:
            hours = longest.total_seconds() / 3600
            words = (
                f"only {len(rows)} of {platform.SMALLEST} rows came together within {hours:g} hours; "
                f"{platform.WHO} takes no fewer at once"
            )
            await self._move(tx, [ledger.changed(effect, now, state="failed", reason=words) for effect in late])
            return
        count, told_at = self._told.get(buffer, (0, 0.0))
        if count == len(rows) or time.monotonic() - told_at < TOLD_EVERY:
            return
        self._told[buffer] = len(rows), time.monotonic()
        words = f"buffered {len(rows)}/{platform.SMALLEST}"
        await self._move(tx, [ledger.changed(effect, now, reason=words) for effect in rows if effect.reason != words])

    async def _move(self, tx: Transaction, effects: Sequence[Effect]) -> None:
        await effects_store.move(tx, effects)
        await self.announcer.announce(tx, effects)

    async def carry_out(self, upload: Upload) -> None:
        """Make an upload, and record for each row what came of it."""
        await self.recording.record_all(await self.make(upload))

    async def make(self, upload: Upload) -> list[Ended]:
        """Make an upload: all rows are asked for at once, and so go together."""
        now = replace(upload.action, run=partial(change_audience, add=True), timeout=TIMEOUT)
        return list(await asyncio.gather(*(self._end(upload, now, effect) for effect in upload.effects)))

    async def _end(self, upload: Upload, now: Action, effect: Effect) -> Ended:
        params = now.params.model_validate(effect.params)
        answer = await touch(now, replace(upload.errand, effect=effect, params=params))
        return Ended(effect, Attempt(answer, upload.errand.provider.account.pauses))
