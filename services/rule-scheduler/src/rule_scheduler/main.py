"""The command `rule-scheduler`: one process for a role, or for all of them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from automation.knowledge import Knowledge
from chassis.command import Command
from chassis.freshness import StalenessGate
from chassis.process import Process, opened
from contracts import topics

from rule_scheduler.dependants import Dependants
from rule_scheduler.firing import Firing
from rule_scheduler.reading import Room
from rule_scheduler.receiving import Receiving
from rule_scheduler.resuming import Resuming
from rule_scheduler.settings import Settings
from rule_scheduler.writing import FIRE, REPLAN

SERVICE = "rule-scheduler"
DESCRIPTION = "Plans, re-plans, cancels and dispatches rules."
ROLES = ("consume", "fire")
# What firing rests on: while any of these is not known to be fresh, it holds.
FRESH = (topics.ITEMS, topics.ORDERS, topics.CONFIG)
VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def wire(process: Process[Knowledge], settings: Settings, roles: Sequence[str]) -> None:
    """Give a process the tasks of these roles, and those that every role needs beside it."""
    gate = StalenessGate(process.kafka, FRESH, settings.max_staleness)
    room = Room(process.config, gate, process.outbox, settings.look_again)
    process.copy_config(note_progress=True)
    process.relay()
    if "consume" in roles:
        process.read(Receiving(room).reader())
        process.timers(REPLAN, Dependants(room).fire, tick=settings.tick)
    if "fire" in roles:
        process.timers(FIRE, Firing(room).fire, tick=settings.tick)
        process.tasks.append(Resuming(room, process.database).run)
    process.serve(process.application(DESCRIPTION))


async def run(roles: Sequence[str], settings: Settings, stop: asyncio.Event) -> None:
    """Run these roles in one process until told to stop."""
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        wire(process, settings, roles)
        await process.run(stop)


COMMAND = Command(SERVICE, DESCRIPTION, ROLES, VERSIONS, Settings, run)


def main() -> None:
    """Run what the command line names."""
    COMMAND.main()
