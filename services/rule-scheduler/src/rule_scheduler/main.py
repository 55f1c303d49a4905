"""The command `rule-scheduler`: one process for a role, or for all of them."""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from automation.knowledge import Knowledge
from chassis.command import Command, Errand, since
from chassis.freshness import StalenessGate
from chassis.process import Process, opened
from contracts import topics

from rule_scheduler.announcing import Announcing
from rule_scheduler.dependants import Dependants
from rule_scheduler.erasing import erase
from rule_scheduler.firing import Firing
from rule_scheduler.load import Load
from rule_scheduler.reading import Room
from rule_scheduler.receiving import Receiving
from rule_scheduler.recovering import recover
from rule_scheduler.resuming import Resuming
from rule_scheduler.settings import Settings
from rule_scheduler.successions import SUCCEED, Successions
from rule_scheduler.sweeps import Sweeps
from rule_scheduler.writing import FIRE, REPLAN

SERVICE = "rule-scheduler"
DESCRIPTION = "Plans, re-plans, cancels and dispatches rules."
ROLES = ("consume", "fire")
# What firing rests on: while any of these is not known to be fresh, it holds.
FRESH = (topics.ITEMS, topics.ORDERS, topics.CONFIG)
# Items that are taken together in the background: those who receive never wait long behind them.
FEW = 200
VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def wire(process: Process[Knowledge], settings: Settings, roles: Sequence[str]) -> None:
    """Give a process the tasks of these roles, and those that every role needs beside it."""
    gate = StalenessGate(process.kafka, FRESH, settings.max_staleness)
    room = Room(process.config, gate, process.outbox, settings.look_again)
    process.copy_config(note_progress=True, on={"erasure": erase})
    process.relay()
    if "consume" in roles:
        load = Load()
        process.read(Receiving(room, load).reader())
        process.timers(REPLAN, Dependants(room).fire, tick=settings.tick).batch = FEW
        successions = Successions(room, process.database)
        process.timers(SUCCEED, successions.fire, tick=settings.tick).batch = FEW
        process.tasks += [successions.run, Sweeps(room, process.database, load).run]
    if "fire" in roles:
        firing = Firing(room)
        process.timers(FIRE, firing.fire, tick=settings.fire_tick, woken=room.due, gate=firing.is_open)
        process.tasks.append(Resuming(room, process.database).run)
    process.serve(process.application(DESCRIPTION))


async def run(roles: Sequence[str], settings: Settings, stop: asyncio.Event) -> None:
    """Run these roles in one process until told to stop."""
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        wire(process, settings, roles)
        await process.run(stop)


async def announce(settings: Settings, _: Namespace) -> str:
    """Tell of every execution once more, until all is carried."""
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        announcing = await Announcing.begin(process)
        process.relay()
        process.tasks.append(announcing.run)
        await process.run(asyncio.Event())
    return f"{announcing.told} executions are told"


async def bring_back(settings: Settings, told: Namespace) -> str:
    """Bring back what was told of executions since a backup."""
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        return f"{await recover(process, told.since)} executions are back"


ERRANDS = (Errand("announce", lambda _: None, announce), Errand("recover", since, bring_back))
COMMAND = Command(SERVICE, DESCRIPTION, ROLES, VERSIONS, Settings, run, errands=ERRANDS)


def main() -> None:
    """Run what the command line names."""
    COMMAND.main()
