"""The processes of action-workers: one role for each kind of action, `all`, and `migrate`."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

from automation.knowledge import Knowledge
from chassis.command import Command
from chassis.process import Process, opened
from chassis.secrets import Sealer
from chassis.signing import Signer
from contracts.config import Connection
from contracts.letters import PURPOSE
from contracts.topics import ACTION_KINDS

from action_workers.attempts import Attempts
from action_workers.claims import StaleClaims, lane
from action_workers.erasing import Erasing
from action_workers.executor import Executor
from action_workers.intake import Intake
from action_workers.memberships.following import Following
from action_workers.memberships.membership import KIND
from action_workers.memberships.reports import Reports
from action_workers.memberships.uploads import Uploads
from action_workers.providers import PROVIDERS, Accounts
from action_workers.settings import Settings
from action_workers.traffic import listing
from action_workers.trying import Trying

SERVICE = "action-workers"
DESCRIPTION = "One worker per kind of action: claim, touch the outside world once, report."
VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def wire(process: Process[Knowledge], settings: Settings, accounts: Accounts, kinds: Collection[str]) -> None:
    """Give a process the tasks of these kinds."""
    process.copy_config(on={"erasure": Erasing(process.outbox).erase})
    process.relay()
    attempts = Attempts(accounts, crm_api(settings), web(settings), signer=letters(settings))
    allowed = web(settings).settings
    trying = Trying(process.database, process.outbox, process.config, accounts, allowed)
    process.tasks.append(trying.run)
    for kind in kinds:
        executor = Executor(
            kind, database=process.database, outbox=process.outbox, config=process.config, attempts=attempts
        )
        process.health.live[f"{kind} executor"] = executor.alive
        process.tasks.append(executor.run)
        intake = Intake(
            kind, process.outbox, executor.wake, config=process.config, account=attempts.account, tries=trying.ask
        )
        process.read(intake.reader())
        process.timers(lane(kind), StaleClaims(process.outbox).fire)
        if kind == KIND:
            process.read(Following(process.config, executor.wake).reader())
            parts = process.database, process.outbox, process.config, attempts
            process.tasks += (Uploads(*parts).run, Reports(*parts).run)
    app = process.application(DESCRIPTION)
    app.include_router(listing.router(process.database))
    process.serve(app)


def crm_api(settings: Settings) -> Connection:
    """Give the connection to crm-api, which the deployment's settings make rather than a person."""
    token = settings.crm_api_token.get_secret_value()
    values = {"base_url": settings.crm_api_url, "token": token, "libre_office": settings.libre_office}
    return Connection(id="crm-api", provider="crm-api", settings=values)


def web(settings: Settings) -> Connection:
    """Give the way to whatever addresses rules name, as far as the deployment allows it."""
    values = {"ports": settings.web_ports, "inside_hosts": settings.inside_hosts}
    return Connection(id="web", provider="web", settings=values)


def letters(settings: Settings) -> Signer | None:
    """Give what signs the marks in letters, None where the deployment has no key."""
    return Sealer(settings.secret_key).signer(PURPOSE) if settings.secret_key else None


async def run(kinds: Sequence[str], settings: Settings, stop: asyncio.Event) -> None:
    """Run the workers of these kinds in one process until told to stop."""
    sealer = Sealer(settings.secret_key) if settings.secret_key else None
    async with opened(SERVICE, settings, Knowledge.grown) as process, Accounts(PROVIDERS, sealer) as accounts:
        wire(process, settings, accounts, kinds)
        await process.run(stop)


COMMAND = Command(SERVICE, DESCRIPTION, ACTION_KINDS, VERSIONS, Settings, run)


def main() -> None:
    """Run what the command line names."""
    COMMAND.main()
