"""The only way to the outside world: claim, commit, touch, record.

1. Planned effects whose time has come are claimed in one transaction (`claiming.py`), which is committed before
   anything is touched.
2. Each is attempted within its time limit; at most so many at once as the action allows in each account, so that a
   provider that hangs takes no room but its own.
3. The answer is recorded, as often as it takes (`recording.py`); it counts only for the attempt it is of.

A process that dies between 1 and 3 leaves a claim; `claims.py` finds it when its time is over.
"""

import asyncio
import contextlib
import time
from collections import Counter
from datetime import timedelta

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import UNREACHABLE, Database
from chassis.outbox import Outbox
from chassis.retry import Pauses

from action_workers.actions import of_kind
from action_workers.announcing import Announcer
from action_workers.attempts import Attempts
from action_workers.claiming import Claimed, Claiming, Room
from action_workers.doubtful import Doubtful
from action_workers.effect import Effect
from action_workers.recording import TROUBLE, Ended, Recording
from action_workers.traffic import counting

MARGIN = 5.0
# How many accounts may be full at once before the others wait for them.
ACCOUNTS = 10
TURNS_WITHIN = 30.0
log = structlog.get_logger()


class Executor:
    """Carries out the effects of one kind; any number of replicas."""

    def __init__(
        self, kind: str, *, database: Database, outbox: Outbox, config: ConfigCopy[Knowledge], attempts: Attempts
    ) -> None:
        self.kind = kind
        self.database = database
        self.attempts = attempts
        announcer = Announcer(outbox)
        self.claiming = Claiming(kind, config, attempts, announcer, claim_lasts(kind))
        self.doubtful = Doubtful(kind, database, announcer)
        self.recording = Recording(kind, database, outbox)
        self.wake = asyncio.Event()
        self.concurrency = max(action.concurrency for action in of_kind(kind))
        self.turned_at = time.monotonic()
        self._starved = False
        self._ends = 0
        self._running: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._log = log.bind(kind=kind)

    def alive(self) -> bool:
        """Say whether the loop turned lately."""
        return time.monotonic() - self.turned_at < TURNS_WITHIN

    async def run(self, stop: asyncio.Event) -> None:
        """Carry out until told to stop, or until a failure; what has begun is ended first."""
        try:
            await self._turn_until(stop)
        except Exception:
            # Its accounts are closed as soon as this has ended.
            await self._all_ended()
            raise
        await self._all_ended()

    async def _turn_until(self, stop: asyncio.Event) -> None:
        pauses = iter(Pauses())
        while not stop.is_set():
            self.wake.clear()
            try:
                await self._rest(await self.turn())
                pauses = iter(Pauses())
            except TROUBLE as error:
                self._log.warning("executor: waits for the database", error=repr(error))
                await asyncio.sleep(next(pauses))
            self.turned_at = time.monotonic()

    async def _all_ended(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def turn(self) -> timedelta:
        """Claim as many as there is room for, and begin them; give after what rest there may be more."""
        await self.doubtful.take_back()
        room = self.concurrency * ACCOUNTS - len(self._tasks)
        if room <= 0:
            self._starved = True
            return counting.LATEST
        ends = self._ends
        claimed = await self.claim(room)
        self._starved = claimed.starved
        if self._starved and self._ends != ends:
            # What ended while this looked made room that it may not have seen.
            self.wake.set()
        for effect in claimed.effects:
            self._running[effect.account] += 1
            task = asyncio.create_task(self.carry_out(effect, claimed.knowledge))
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return claimed.rest

    async def claim(self, room: int) -> Claimed:
        """Claim what is due, and give it once the claim is committed; what may be committed is taken back later."""
        claimed: Claimed | None = None
        try:
            async with self.database.transaction() as tx:
                claimed = await self.claiming.claim(tx, Room(room, self.concurrency, self._running))
        except UNREACHABLE:
            if claimed is not None:
                self.doubtful.add(claimed.effects)
            raise
        return claimed

    async def carry_out(self, effect: Effect, knowledge: Knowledge) -> None:
        """Attempt one claimed effect and record what came of it; its slot is free as soon as it is answered."""
        try:
            attempt = await self.attempts.make(effect, knowledge)
        finally:
            self._leave(effect.account)
        await self.recording.record(Ended(effect, attempt))

    async def _rest(self, rest: timedelta) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(rest.total_seconds()):
                await self.wake.wait()

    def _leave(self, account: str) -> None:
        self._ended()
        self._running -= Counter([account])

    def _done(self, task: asyncio.Task[None]) -> None:
        self._ended()
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The claim stays, and is found when its time is over.
            self._log.error("executor: an effect was left behind", error=repr(error))

    def _ended(self) -> None:
        self._ends += 1
        if self._starved:
            self.wake.set()


def claim_lasts(kind: str) -> timedelta:
    """Give how long a claim of a kind lasts."""
    return timedelta(seconds=max(action.timeout for action in of_kind(kind)) + MARGIN)
