"""The only way to the outside world: claim, commit, touch, record.

1. Planned effects whose time has come are claimed in one transaction, which is committed before anything is touched.
2. Each is attempted within its time limit; at most so many at once as the kind allows.
3. The answer is recorded, as often as it takes (`recording.py`); it counts only for the attempt it is of.

A process that dies between 1 and 3 leaves a claim; `claims.py` finds it when its time is over.
"""

import asyncio
import time
from datetime import timedelta

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import CONTENDED, UNREACHABLE, Database
from chassis.outbox import Outbox
from chassis.retry import Pauses
from chassis.timers import Timer, set_timers

from action_workers import claims, ledger, store
from action_workers.actions import of_kind
from action_workers.announcing import Announcer
from action_workers.attempts import Attempts
from action_workers.effect import Effect
from action_workers.reach import gate
from action_workers.recording import Ended, Recording

MARGIN = 5.0
POLL = 0.25
TURNS_WITHIN = 30.0
log = structlog.get_logger()


class Executor:
    """Carries out the effects of one kind; any number of replicas."""

    def __init__(
        self, kind: str, *, database: Database, outbox: Outbox, config: ConfigCopy[Knowledge], attempts: Attempts
    ) -> None:
        self.kind = kind
        self.database = database
        self.config = config
        self.attempts = attempts
        self.announcer = Announcer(outbox)
        self.recording = Recording(kind, database, outbox)
        self.wake = asyncio.Event()
        self.concurrency = max(action.concurrency for action in of_kind(kind))
        self.claim_lasts = timedelta(seconds=max(action.timeout for action in of_kind(kind)) + MARGIN)
        self.turned_at = time.monotonic()
        self._running: set[asyncio.Task[None]] = set()
        self._log = log.bind(kind=kind)

    def alive(self) -> bool:
        """Say whether the loop turned lately."""
        return time.monotonic() - self.turned_at < TURNS_WITHIN

    async def run(self, stop: asyncio.Event) -> None:
        """Carry out until told to stop; what has begun is ended first."""
        pauses = iter(Pauses())
        while not stop.is_set():
            self.wake.clear()
            try:
                await self.turn()
                await self._rest()
                pauses = iter(Pauses())
            except (*UNREACHABLE, *CONTENDED) as error:
                self._log.warning("executor: waits for the database", error=repr(error))
                await asyncio.sleep(next(pauses))
            self.turned_at = time.monotonic()
        if self._running:
            await asyncio.wait(self._running)

    async def turn(self) -> None:
        """Claim as many as there is room for, and begin them."""
        room = self.concurrency - len(self._running)
        if room <= 0:
            return
        claimed, knowledge = await self.claim(room)
        for effect in claimed:
            task = asyncio.create_task(self.carry_out(effect, knowledge))
            self._running.add(task)
            task.add_done_callback(self._done)

    async def claim(self, limit: int) -> tuple[list[Effect], Knowledge]:
        """Claim what is due, and give it once the claim is committed; what is too late by now is missed."""
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx, after_locks=True)
            now = await tx.now()
            due = await store.lock_due(tx, self.kind, now, limit)
            taken = [ledger.claimed(effect, now, now + self.claim_lasts) for effect in due]
            cap = knowledge.portal.caps.get(self.kind)
            taken = await gate.let_through(tx, self.kind, taken, {e.id: e for e in due}, cap=cap, now=now)
            claimed = [effect for effect in taken if effect.state == "claimed"]
            await store.move(tx, taken)
            await self.announcer.announce(tx, taken)
            await store.begin_attempts(tx, claimed, now)
            await set_timers(tx, claims.lane(self.kind), [Timer(e.id, now + self.claim_lasts) for e in claimed])
        return claimed, knowledge

    async def carry_out(self, effect: Effect, knowledge: Knowledge) -> None:
        """Attempt one claimed effect and record what came of it."""
        await self.recording.record(Ended(effect, await self.attempts.make(effect, knowledge)))

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self.wake.wait()
        except TimeoutError:
            pass

    def _done(self, task: asyncio.Task[None]) -> None:
        if len(self._running) >= self.concurrency:
            self.wake.set()
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The claim stays, and is found when its time is over.
            self._log.error("executor: an effect was left behind", error=repr(error))
