"""The command `rule-scheduler`: one process for a role, or for all of them."""

import argparse
import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from automation.knowledge import Knowledge
from chassis import lifecycle, migrations, telemetry
from chassis.freshness import StalenessGate
from chassis.process import Process, opened
from contracts import topics
from contracts.config import ConfigChanged

from rule_scheduler.dependants import Dependants
from rule_scheduler.firing import Firing
from rule_scheduler.reading import Room
from rule_scheduler.receiving import Receiving
from rule_scheduler.resuming import Resuming
from rule_scheduler.settings import Settings
from rule_scheduler.writing import FIRE, REPLAN

SERVICE = "rule-scheduler"
ROLES = ("consume", "fire")
# What firing rests on: while any of these is not known to be fresh, it holds.
FRESH = (topics.ITEMS, topics.ORDERS, topics.CONFIG)
VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def build(view: Knowledge | None, changes: Sequence[ConfigChanged]) -> Knowledge:
    """Make the view of the config from the last one and what is newer."""
    return Knowledge.of(changes) if view is None else view.with_(changes)


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
    process.serve(process.application("Health and metrics of rule-scheduler."))


async def run(roles: Sequence[str], settings: Settings, stop: asyncio.Event) -> None:
    """Run these roles in one process until told to stop."""
    async with opened(SERVICE, settings, build) as process:
        wire(process, settings, roles)
        await process.run(stop)


def main() -> None:
    """Run a role, all of them, or the migrations."""
    parser = argparse.ArgumentParser(prog=SERVICE, description="Plans, re-plans, cancels and dispatches rules.")
    parser.add_argument("role", choices=(*ROLES, "all", "migrate"))
    role = parser.parse_args().role
    settings = Settings()
    telemetry.configure_logs(SERVICE, settings.log_level)
    if role == "migrate":
        migrations.migrate(settings.database_url.get_secret_value(), VERSIONS, rehearsal=settings.rehearsal)
        return
    lifecycle.main(partial(run, ROLES if role == "all" else (role,), settings))
