"""Carries jobs out: one chunk after the other, driven by timers, while nothing urgent waits to be announced."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from automation.knowledge import Knowledge
from chassis.database import CONTENDED, UNREACHABLE, Transaction
from chassis.errors import Rejected
from chassis.ids import new_id
from chassis.principals import Principal
from chassis.process import Process
from chassis.timers import Timer, Timers, set_timers
from contracts.data import JsonObject

from crm_api.access.rights import Forbidden
from crm_api.background.jobs import OPEN, RESUMABLE, Chunk, Elsewhere, Job, JobImpossible, Step, Work
from crm_api.executions import bulk
from crm_api.fields import FieldError
from crm_api.imports import importing
from crm_api.record.items import ItemGone, ItemUnknown
from crm_api.recovery import announcing
from crm_api.rules import applying
from crm_api.simulation import simulating
from crm_api.store import jobs as store

LANE = "jobs"
MOST_WAITING = 2_000
LOOK_AGAIN = timedelta(milliseconds=250)
# As long as topics keep what was told of people.
KEPT_WORDS = timedelta(days=7)
MOST_MEMORIES = 8
EXPECTED = (JobImpossible, FieldError, Forbidden, Rejected, ItemUnknown, ItemGone)
# What each kind of job does in one chunk.
JOBS: dict[str, Work] = {
    announcing.KIND: announcing.work,
    applying.KIND: applying.work,
    bulk.KIND: bulk.work,
    importing.KIND: importing.import_rows,
    simulating.KIND: simulating.work,
}
log = structlog.get_logger()


async def start(tx: Transaction, kind: str, params: JsonObject, by: Principal, *, total: int | None = None) -> Job:
    """Begin a job of a kind in `JOBS`, asked for by someone: its first chunk is due at once."""
    now = await tx.now()
    job = Job(new_id(), kind, "queued", params, {}, by.name, by.operator, now, total=total)
    await store.add(tx, job)
    await set_timers(tx, LANE, [Timer(job.id, now)])
    return job


async def cancel(tx: Transaction, job: UUID) -> Job | None:
    """Cancel a job that goes on, after the chunk that is in hand; None where there is no such job."""
    found = await store.load(tx, job, lock=True)
    if found is not None and found.state in OPEN:
        await store.turn(tx, job, "cancelled", "", await tx.now())
    return found and await store.load(tx, job)


async def resume(tx: Transaction, job: UUID) -> Job | None:
    """Let a cancelled or failed job go on where it ended; None where there is no such job."""
    known = await store.load(tx, job)
    if known is None or known.state not in RESUMABLE:
        # What goes on keeps its pace.
        return known
    # The timer first, as a chunk takes it first: the two never wait for one another in a ring.
    await set_timers(tx, LANE, [Timer(job, await tx.now())])
    found = await store.load(tx, job, lock=True)
    if found is not None and found.state in RESUMABLE:
        await store.turn(tx, job, "queued", "", None)
    return found and await store.load(tx, job)


class Working:
    """Takes the due jobs, one chunk of one job at a time; any number of replicas."""

    def __init__(self, process: Process[Knowledge], jobs: dict[str, Work]) -> None:
        self.process = process
        self.jobs = jobs
        self.timers = Timers(process.database, LANE, self.fire, batch=1)
        self._memories: dict[UUID, dict[str, Any]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        await self.timers.run(stop)

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """Do the next chunk of a job that goes on."""
        [timer] = timers
        job = await store.load(tx, timer.id, lock=True)
        if job is None or job.state not in OPEN:
            return await self._over(tx, timer.id, job)
        if await store.is_crowded(tx, MOST_WAITING):
            await set_timers(tx, LANE, [Timer(job.id, await tx.now() + LOOK_AGAIN)])
            return ()
        # What a chunk leaves in memory holds once it is committed: else that part would be read, or told, no more.
        memory = self._memories.pop(job.id, {})
        try:
            step = await self._step(tx, job, memory)
        except Elsewhere:
            return ()  # it stays due: who goes on with it is not far
        if step is None or not step.more:
            return await self._over(tx, job.id, await store.load(tx, job.id))
        await set_timers(tx, LANE, [Timer(job.id, await tx.now() + step.wait)])
        tx.after_commit(partial(self._remember, job.id, memory))
        tx.after_commit(self.timers.woken.set)
        return ()

    async def _step(self, tx: Transaction, job: Job, memory: dict[str, Any]) -> Step | None:
        """Do one chunk; where it fails, nothing of it stays, and the job says why."""
        try:
            async with tx.part() as part:
                step = await self._work(part, job, memory)
                await store.advance(part, job, step, await part.now())
        except EXPECTED as error:
            reason = str(error)
        except (*UNREACHABLE, *CONTENDED, Elsewhere):
            raise
        except Exception:
            log.exception("jobs: a chunk failed", job=str(job.id), kind=job.kind)
            reason = "an error of ours; it is in the log. What was done before stays done"
        else:
            return step
        await store.turn(tx, job.id, "failed", reason, await tx.now())
        return None

    async def _work(self, part: Transaction, job: Job, memory: dict[str, Any]) -> Step:
        work = self.jobs.get(job.kind)
        if work is None:
            raise JobImpossible(f"nobody here knows how to do {job.kind!r}")
        knowledge = await self.process.config.view(part)
        return await work(Chunk(part, knowledge, self.process.outbox, job, memory))

    async def _over(self, tx: Transaction, id_: UUID, job: Job | None) -> Collection[UUID]:
        """Forget what a job that is over kept of people's words, once its time has come."""
        self._memories.pop(id_, None)
        if job is None or job.ended_at is None:
            return [id_]
        forget_at = job.ended_at + KEPT_WORDS
        if await tx.now() < forget_at:
            await set_timers(tx, LANE, [Timer(id_, forget_at)])
            return ()
        await store.forget_words(tx, id_, job.ended_at)
        return [id_]

    def _remember(self, job: UUID, memory: dict[str, Any]) -> None:
        """Keep here what a chunk left of a job; of many jobs, the longest unused is forgotten."""
        while len(self._memories) >= MOST_MEMORIES:
            del self._memories[next(iter(self._memories))]
        self._memories[job] = memory
