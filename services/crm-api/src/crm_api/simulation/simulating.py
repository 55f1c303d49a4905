"""The job that simulates: it reads the window, lets a process of its own run it, and keeps what that tells.

It is the process's own that began it, which says so with each chunk. After a crash another one begins anew: nothing of
a run that was broken off stays.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.ids import new_id
from contracts.config import ConfigChanged
from contracts.data import Part

from crm_api.background.jobs import Chunk, Elsewhere, JobImpossible, Step
from crm_api.fields import FieldError
from crm_api.fields.moments import in_utc
from crm_api.rules.drafts import PipelineDraft
from crm_api.rules.publishing import Published, Terms, drawn
from crm_api.simulation.child import Running, Told
from crm_api.simulation.history import Recording
from crm_api.simulation.running import Trial
from crm_api.store import recordings
from crm_api.store import simulations as store

KIND = "simulate"
LONGEST = timedelta(days=92)
# A month of 5,000 items is some 80,000 events, and takes nearly a gigabyte of the process that simulates.
MOST_EVENTS = 150_000
MOST_ITEMS = 20_000
LOOK_AGAIN = timedelta(milliseconds=300)
# Who has said nothing for so long does not run it any more.
OWNED_FOR = timedelta(seconds=5)


async def work(chunk: Chunk) -> Step:
    """Begin, or keep the next part of what the simulation tells; raises `Elsewhere` where another process runs it."""
    running = own(chunk)
    if running is None:
        if await is_elsewhere(chunk):
            raise Elsewhere
        if Running.others():
            return Step(chunk.job.cursor, more=True, wait=LOOK_AGAIN)
        chunk.memory.update(running=await begun(chunk), run=str(new_id()), kept=0)
        return await going_on(chunk, wait=LOOK_AGAIN)
    told = running.next()
    if told is None:
        return await going_on(chunk, wait=LOOK_AGAIN)
    if told[0] == "effects":
        kept: int = chunk.memory["kept"]
        await store.keep(chunk.tx, chunk.job.id, found(told[1], kept))
        chunk.memory["kept"] = kept + len(told[1])
        return await going_on(chunk, done=len(told[1]))
    summary: Any = told[1]
    await store.end(chunk.tx, chunk.job.id, summary)
    return Step({}, more=False, counts=summary["differences"])


def own(chunk: Chunk) -> Running | None:
    """Give the run of this process; one in whose place another process has begun anew is let go of."""
    if chunk.memory.get("run") != chunk.job.cursor.get("run"):
        chunk.memory.clear()
    running: Running | None = chunk.memory.get("running")
    return running


async def is_elsewhere(chunk: Chunk) -> bool:
    """Say whether another process runs it, as far as that said lately."""
    said = chunk.job.cursor.get("at")
    return said is not None and await store.real_time(chunk.tx) < datetime.fromisoformat(said) + OWNED_FOR


async def going_on(chunk: Chunk, *, done: int = 0, wait: timedelta = timedelta()) -> Step:
    """Say that this process runs it, as of now: what went before may have taken long."""
    at = await store.real_time(chunk.tx)
    return Step({"run": chunk.memory["run"], "at": at.isoformat()}, more=True, done=done, wait=wait)


async def begun(chunk: Chunk) -> Running:
    """Read the window, and let the simulation run."""
    simulation = await store.load(chunk.tx, chunk.job.id)
    if simulation is None:
        raise JobImpossible("there is no such simulation any more")
    await store.forget(chunk.tx, simulation.id)
    recording = await read(chunk.tx, simulation.pipeline, simulation.begins_at, simulation.ends_at)
    records = tuple(map(ConfigChanged.model_validate, simulation.trial["records"]))
    trial = Trial(simulation.pipeline, records, frozenset(simulation.trial["operators"]))
    await store.stand_still(chunk.tx)
    return await asyncio.to_thread(Running, recording, trial)


async def read(tx: Transaction, pipeline: str, begin: datetime, end: datetime) -> Recording:
    """Read a window; raises `FieldError` for one that is too large."""
    if await recordings.counted(tx, begin, end, MOST_EVENTS) > MOST_EVENTS:
        told = f"more than {MOST_EVENTS} things happened in these days"
        raise FieldError("from", told, "choose fewer days")
    concerned = await recordings.keys(tx, pipeline, begin, end, MOST_ITEMS)
    if len(concerned) > MOST_ITEMS:
        raise FieldError("pipeline", f"more than {MOST_ITEMS} items are concerned", "choose fewer days")
    return await recordings.read(tx, concerned, begin, end)


def found(told: list[Told], kept: int) -> list[store.Found]:
    """Give effects with their places."""
    return [store.Found(n, item, differs, body) for n, (item, differs, body) in enumerate(told, kept + 1)]


def tried(knowledge: Knowledge, pipeline: str, draft: PipelineDraft | None, at: datetime) -> tuple[ConfigChanged, ...]:
    """Give the records of what is tried: a draft, else what is published; raises `FieldError` where nothing is."""
    published = Published.of(knowledge, pipeline)
    if draft is not None:
        records: tuple[Part | None, Part | None] = drawn(
            published, pipeline, draft.document, Terms(ids=draft.ids), draft.saved_by
        )
    else:
        records = published.pipeline, published.rule_set
    shape, rule_set = records
    if shape is None or rule_set is None:
        raise FieldError("rules", f"nothing is published of {pipeline}", "publish it, or simulate its draft")
    number = shape.model_dump()["rule_set"]
    return record("rule-set", f"{pipeline}/{number}", rule_set, at), record("pipeline", pipeline, shape, at)


def record(kind: str, id_: str, data: Part, at: datetime) -> ConfigChanged:
    """Make a record of the config that only a simulation knows."""
    return ConfigChanged(kind=kind, id=id_, revision=0, data=data.model_dump(mode="json"), changed_at=at)


def check_window(begin: datetime, end: datetime, now: datetime) -> None:
    """Refuse a window that is none, is not over, or is too long; raises `FieldError`."""
    in_utc("from", begin)
    in_utc("to", end)
    if begin >= end:
        raise FieldError("to", "it does not lie after `from`", "send a later moment")
    if end > now:
        raise FieldError("to", "it has not come yet: only what happened can be simulated", "send a moment that is over")
    if end - begin > LONGEST:
        raise FieldError("from", f"the window is longer than {LONGEST.days} days", "choose fewer days")
