"""The processes of crm-api, each a role, and how they are wired."""

import argparse
import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from automation.knowledge import Knowledge
from chassis import lifecycle, telemetry
from chassis.consumer import Reader
from chassis.migrations import migrate
from chassis.process import Process, opened
from contracts import topics
from contracts.config import ConfigChanged

from crm_api.consuming import consume_reader
from crm_api.http.application import DESCRIPTION, application
from crm_api.settings import Settings
from crm_api.store import journal as stored_journal
from crm_api.timeline import timeline_reader

SERVICE = "crm-api"
ROLES = ("serve", "consume", "timeline")
VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
# Whoever decides on a copy must know how fresh it is.
PROGRESS = (topics.ITEMS, topics.ORDERS, topics.CONFIG)

READERS: dict[str, Callable[[Process[Knowledge]], Reader]] = {"consume": consume_reader, "timeline": timeline_reader}


def build(view: Knowledge | None, changes: Sequence[ConfigChanged]) -> Knowledge:
    """Make the view of the config that decisions read."""
    return Knowledge.of(changes) if view is None else view.with_(changes)


def wire(process: Process[Knowledge], roles: Collection[str]) -> None:
    """Give a process the tasks of its roles; each of them writes, and each answers for its health."""
    process.relay(PROGRESS)
    for role in roles:
        if role in READERS:
            process.read(READERS[role](process))
    process.serve(application(process) if "serve" in roles else process.application(DESCRIPTION))


async def run(roles: Collection[str], settings: Settings, stop: asyncio.Event) -> None:
    """Run roles in one process until told to stop."""
    async with opened(SERVICE, settings, build) as process:
        async with process.database.transaction() as tx:
            await stored_journal.prepare(tx)
        wire(process, roles)
        await process.run(stop)


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(SERVICE, description=DESCRIPTION)
    parser.add_argument("role", choices=[*ROLES, "all", "migrate"])
    role = parser.parse_args().role
    settings = Settings()
    telemetry.configure_logs(SERVICE, settings.log_level)
    if role == "migrate":
        migrate(settings.database_url.get_secret_value(), VERSIONS, rehearsal=settings.rehearsal)
    else:
        lifecycle.main(lambda stop: run(ROLES if role == "all" else (role,), settings, stop))
