"""Advances the clock of a rehearsal: to the next due moment, and not beyond; then it waits for quiet, and goes on."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from signalbox.rehearsal.deployment import NoRehearsal, Rehearsal
from signalbox.rehearsal.due import Agenda, agenda
from signalbox.rehearsal.quiet import PATIENCE, Quiet

# To move the clock takes longer than this takes to come by itself.
COMES_BY_ITSELF = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the moment that it went to, what was due, how long it took in real seconds."""

    moment: datetime
    due: "Counter[str]"
    seconds: float


class Stepping:
    """Moves one deployment through time; the clock only goes forward."""

    def __init__(self, rehearsal: Rehearsal, *, patience: timedelta = PATIENCE) -> None:
        self.rehearsal = rehearsal
        self.quiet = Quiet(rehearsal, patience)

    async def now(self) -> datetime:
        """Give the rehearsal's time."""
        return (await self.rehearsal.time()).now

    async def advance(self, by: timedelta) -> list[Step]:
        """Advance by so much from now, and give the steps."""
        return await self.go(await self.now() + by)

    async def go(self, to: datetime) -> list[Step]:
        """Advance to a moment, and give the steps."""
        return [step async for step in self.steps(to)]

    async def steps(self, to: datetime) -> AsyncIterator[Step]:
        """Advance to a moment step by step, the last step being the moment itself.

        Raises `NoRehearsal` where that moment is over, and `NotQuiet` when a step does not come to its end.
        """
        if to < await self.now():
            raise NoRehearsal(f"it is {await self.now():%Y-%m-%d %H:%M:%S} UTC already, and the clock never goes back")
        await self.quiet.wait()
        while True:
            began, plan = time.monotonic(), await agenda(self.rehearsal)
            moment = to if plan.first is None else min(plan.first, to)
            await self._reach(moment)
            await self.quiet.wait()
            now = await self.now()
            yield Step(moment, plan.until(now), time.monotonic() - began)
            if now >= to:
                return

    async def _reach(self, moment: datetime) -> None:
        there = await self.rehearsal.time()
        ahead = moment - there.now
        if ahead > COMES_BY_ITSELF:
            # Asked for in one statement, the difference between now and the offset is real time.
            await self.rehearsal.move(moment - (there.now - there.offset))
            await self.quiet.clock_moved()
        elif ahead > timedelta():
            await asyncio.sleep(ahead.total_seconds())

    async def agenda(self) -> Agenda:
        """Say what comes next."""
        return await agenda(self.rehearsal)
