"""The gateway's processes, each a role, and how they are wired."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

import httpx
from automation.knowledge import Knowledge
from chassis.command import Command
from chassis.process import Process, opened
from chassis.secrets import Sealer
from starlette.routing import BaseRoute, Route

from trigger_gateway.app_answers import AppAnswers
from trigger_gateway.browsers import for_browsers
from trigger_gateway.callbacks import TwilioCallbacks
from trigger_gateway.deliveries import Deliveries
from trigger_gateway.documents import Documents
from trigger_gateway.door import Door
from trigger_gateway.erasing import erase
from trigger_gateway.front import PATH, fronted
from trigger_gateway.kept.forgetting import Forgetting
from trigger_gateway.kept.operations import Kept
from trigger_gateway.kept.rights import Gatekeeper
from trigger_gateway.key_presses import KeyPresses
from trigger_gateway.knocks import Bounds
from trigger_gateway.letters.mailboxes import Mailboxes
from trigger_gateway.letters.serving import for_readers
from trigger_gateway.matching import Matching
from trigger_gateway.refusals import counted
from trigger_gateway.settings import Settings
from trigger_gateway.tallying import Tally, Tallying

SERVICE = "trigger-gateway"
ROLES = ("serve", "match", "mailboxes")
VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
DESCRIPTION = "One door for events from outside, and the triggers that they wake."


def crm_client(settings: Settings) -> httpx.AsyncClient:
    """Give a client of crm-api that carries this service's token."""
    bearer = {"Authorization": f"Bearer {settings.crm_api_token.get_secret_value()}"}
    return httpx.AsyncClient(base_url=settings.crm_api_url, headers=bearer, timeout=10)


def wire(process: Process[Knowledge], settings: Settings, crm: httpx.AsyncClient, roles: Collection[str]) -> None:
    """Give a process the tasks of its roles."""
    process.copy_config(on={"erasure": erase})
    process.relay()
    app = process.application(DESCRIPTION)
    if "match" in roles:
        process.read(Matching(process.config, process.outbox).reader())
    if "serve" in roles:
        app.router.routes.extend(routes(process, settings, crm))
    if "mailboxes" in roles:
        process.tasks.append(mailboxes(process, settings).run)
    process.serve(fronted(app))


def mailboxes(process: Process[Knowledge], settings: Settings) -> Mailboxes:
    """Give the reading of the mailboxes that are sources."""
    tally, sealer = Tally(), Sealer(settings.secret_key)
    process.tasks.append(Tallying(process.database, tally, every=settings.tally_every).run)
    deliveries = Deliveries(process.outbox, sealer, rehearsal=settings.rehearsal, tally=tally)
    return Mailboxes(process.database, process.config, deliveries, sealer)


def routes(process: Process[Knowledge], settings: Settings, crm: httpx.AsyncClient) -> tuple[BaseRoute, ...]:
    """Give the paths that the outside knows: plain routes, because the framework's own cost more than the work."""
    sealer, database, config = Sealer(settings.secret_key), process.database, process.config
    bounds = Bounds(settings.body_limit, settings.body_seconds)
    tally = Tally()
    process.tasks.append(Tallying(database, tally, every=settings.tally_every).run)
    process.tasks.append(Forgetting(database, settings.keep_days).run)
    deliveries = Deliveries(process.outbox, sealer, rehearsal=settings.rehearsal, tally=tally)
    door = Door(database, config, deliveries, sealer, bounds)
    callbacks = TwilioCallbacks(database, config, process.outbox, sealer, bounds)
    keys = KeyPresses(database, config, deliveries, sealer, bounds)
    answers = AppAnswers(database, config, process.outbox, sealer, bounds)
    documents = Documents(database, deliveries, crm)
    kept = Kept(database, config, deliveries, sealer, Gatekeeper(crm))
    return (
        Route(PATH, counted("in", door.receive), methods=["POST"]),
        Route("/callbacks/twilio/{connection}", counted("callbacks", callbacks.receive), methods=["POST"]),
        Route("/callbacks/twilio/{connection}/keys", counted("callbacks", keys.receive), methods=["POST"]),
        Route("/callbacks/app/{token}", counted("callbacks", answers.receive), methods=["POST"]),
        Route("/d/{token}", counted("documents", documents.show), methods=["GET"]),
        *kept.router().routes,
        *for_browsers(process, settings, crm, deliveries),
        *for_readers(database, config, deliveries, sealer),
    )


async def run(roles: Sequence[str], settings: Settings, stop: asyncio.Event) -> None:
    """Run roles in this process until told to stop."""
    async with opened(SERVICE, settings, Knowledge.grown) as process, crm_client(settings) as crm:
        wire(process, settings, crm, roles)
        await process.run(stop)


COMMAND = Command(SERVICE, DESCRIPTION, ROLES, VERSIONS, Settings, run)


def main() -> None:
    """Run what the command line names."""
    COMMAND.main()
