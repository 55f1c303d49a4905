"""What an operator has crm-api do once: to announce everything, and to recover after a restore."""

import asyncio
from argparse import ArgumentParser, Namespace
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.command import Errand, ErrandRefused, since
from chassis.principals import Principal
from chassis.process import Process, opened
from contracts import topics

from crm_api.background import working
from crm_api.background.jobs import Job
from crm_api.background.working import JOBS, Working
from crm_api.recovery import announcing
from crm_api.recovery.recovering import recover
from crm_api.settings import Settings
from crm_api.store import announcements as store
from crm_api.store import jobs as stored_jobs

SERVICE = "crm-api"
OPERATOR = Principal("service:crm-api")
LOOKS_EVERY = 0.2


def options(parser: ArgumentParser) -> None:
    """Let an announcement be told what is wanted."""
    parser.add_argument("--type", action="append", default=[], metavar="T", help="only items of this type; repeatable")
    parser.add_argument("--config", action="store_true", help="the config first, every record with its revision")
    since(parser)


async def announce(settings: Settings, told: Namespace) -> str:
    """Tell of every item, until all is carried; goes on with the same announcement where one was broken off."""
    params = announcing.as_params(told.type, told.since, config=told.config)
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        async with process.database.transaction() as tx:
            before = await store.broken_off(tx, announcing.KIND, params)
            resumed = await working.resume(tx, before) if before else None
            job = resumed or await working.start(tx, announcing.KIND, params, OPERATOR)
        ended = await followed(process, job.id)
    if ended.state != "done":
        raise ErrandRefused(f"the announcement {ended.state}: {ended.reason}; it goes on when it is asked for again")
    return f"told: {', '.join(f'{count} {name}' for name, count in sorted(ended.counts.items()))}"


async def followed(process: Process[Knowledge], job: UUID) -> Job:
    """Work, beside whoever works elsewhere, until a job has ended and all that it wrote is carried."""
    process.relay((topics.ITEMS, topics.ORDERS, topics.CONFIG))
    process.tasks.append(Working(process, JOBS).run)
    ended: list[Job] = []

    async def watch(stop: asyncio.Event) -> None:
        while not ended and not stop.is_set():
            await asyncio.sleep(LOOKS_EVERY)
            async with process.database.transaction() as tx:
                found = await stored_jobs.load(tx, job)
                last = await store.last_waiting(tx)
            if found is not None and found.state not in {"queued", "running"}:
                await carried(process, last)
                ended.append(found)

    process.tasks.append(watch)
    await process.run(asyncio.Event())
    return ended[0]


async def carried(process: Process[Knowledge], last: int) -> None:
    """Wait until all up to a place in the outbox is carried."""
    while True:
        async with process.database.transaction() as tx:
            if not await store.waits(tx, last):
                return
        await asyncio.sleep(LOOKS_EVERY)


async def bring_back(settings: Settings, told: Namespace) -> str:
    """Bring back what was told since a backup."""
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        back = await recover(process, told.since)
    return f"{back.items} items, {back.config} config records and {back.messages} messages are back"


ERRANDS: tuple[Errand[Settings], ...] = (Errand("announce", options, announce), Errand("recover", since, bring_back))
