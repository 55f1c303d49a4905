"""The processes of crm-api, each a role, and how they are wired."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from automation.knowledge import Knowledge
from chassis.command import Command
from chassis.handling import Reader
from chassis.process import Process, opened
from contracts import topics

from crm_api.access.first_admin import FIRST_ADMIN
from crm_api.activities import reminder
from crm_api.activities.firing import Reminders
from crm_api.background.working import JOBS, Working
from crm_api.config.furnishing import furnish
from crm_api.consuming import consume_reader
from crm_api.errands import ERRANDS
from crm_api.executions.timeline import timeline_reader
from crm_api.http.application import DESCRIPTION, application
from crm_api.inside import asking
from crm_api.intake.settling import Settled
from crm_api.lists.counting import Counting
from crm_api.settings import Settings
from crm_api.store import journal as stored_journal
from crm_api.store import settling as stored_settling

SERVICE = "crm-api"
ROLES = ("serve", "consume", "timeline")
VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
# Whoever decides on a copy must know how fresh it is.
PROGRESS = (topics.ITEMS, topics.ORDERS, topics.CONFIG)

READERS: dict[str, Callable[[Process[Knowledge]], Reader]] = {"consume": consume_reader, "timeline": timeline_reader}


def wire(process: Process[Knowledge], roles: Collection[str]) -> None:
    """Give a process the tasks of its roles; each of them writes, and each answers for its health."""
    process.relay(PROGRESS)
    for role in roles:
        if role in READERS:
            process.read(READERS[role](process))
    if "consume" in roles:
        process.tasks.append(Working(process, JOBS).run)
        process.timers(asking.LANE, asking.Deadlines(process.config, process.outbox).fire)
        process.timers(stored_settling.LANE, Settled(process.config, process.outbox).fire)
        process.timers(reminder.LANE, Reminders(process.config).fire)
        process.tasks.append(Counting(process.database, process.config).run)
    process.serve(application(process) if "serve" in roles else process.application(DESCRIPTION))


async def run(roles: Sequence[str], settings: Settings, stop: asyncio.Event) -> None:
    """Run roles in one process until told to stop."""
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        async with process.database.transaction() as tx:
            await stored_journal.prepare(tx)
        if settings.ready_made:
            await furnish(process)
        wire(process, roles)
        await process.run(stop)


COMMAND = Command(
    SERVICE, DESCRIPTION, ROLES, VERSIONS, Settings, run, errands=(FIRST_ADMIN, *ERRANDS), append_only=("audit",)
)


def main() -> None:
    """Run what the command line names."""
    COMMAND.main()
