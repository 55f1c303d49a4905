"""Desks of each kind, the providers' far ends, and ways to change the config."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import simulators
from action_workers.attempts import Attempts
from action_workers.main import VERSIONS, letters
from action_workers.providers import PROVIDERS, Accounts
from action_workers.settings import Settings
from action_workers.testing import PAUSES, TOKEN, CrmApi, Desk, app, channel, config, connections
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database
from chassis.ids import new_id
from chassis.outbox import About
from chassis.secrets import Sealer
from chassis.testing import Deployment
from contracts.config import ConfigChanged, Connection
from contracts.envelope import Cause
from simulators.serving import serving_http
from simulators.settings import Settings as SimulatorSettings

PUBLIC = "https://shop.example"
Open = Callable[[str], Awaitable[Desk]]


@pytest.fixture(scope="session")
async def far_end() -> AsyncIterator[simulators.Simulation]:
    async with simulators.running(SimulatorSettings(http_port=0, smtp_port=0)) as far_end:
        yield far_end


@pytest.fixture
def sim(far_end: simulators.Simulation) -> simulators.Simulation:
    far_end.clear()
    return far_end


@pytest.fixture
async def crm() -> AsyncIterator[CrmApi]:
    crm = CrmApi()
    async with serving_http(crm.app(), "127.0.0.1", 0) as crm.url:
        yield crm


@pytest.fixture
async def open_desk(deployment: Deployment, sim: simulators.Simulation, crm: CrmApi) -> AsyncIterator[Open]:
    settings = await deployment.settings(Settings, VERSIONS)
    assert settings.secret_key
    sealer = Sealer(settings.secret_key)
    own = Connection(id="crm-api", provider="crm-api", settings={"base_url": crm.url, "token": TOKEN, **PAUSES})
    web = Connection(id="web", provider="web", settings={"inside_hosts": ["127.0.0.1"], **PAUSES})
    async with Database(settings.database_url.get_secret_value()) as database, Accounts(PROVIDERS, sealer) as accounts:

        async def opened(kind: str) -> Desk:
            attempts = Attempts(accounts, own, web, signer=letters(settings))
            desk = Desk(kind, database, ConfigCopy(database, Knowledge.grown), attempts, sim, crm)
            known = [config("connection", c.id, c.model_dump(mode="json")) for c in connections(sim, sealer)]
            installed = config("app", "acme", app(sim, sealer))
            await desk.configure(config("portal", "portal", {"public_url": PUBLIC}), installed, channel(), *known)
            return desk

        yield opened


@pytest.fixture
async def sms(open_desk: Open) -> Desk:
    return await open_desk("sms")


@pytest.fixture
def changed_connection() -> Callable[..., Awaitable[None]]:
    """Change a connection's settings."""

    async def change(desk: Desk, id_: str, **settings: Any) -> None:
        await desk.reconnect(id_, **settings)

    return change


@pytest.fixture
def changed_portal() -> Callable[..., ConfigChanged]:
    """Give a change of the portal."""
    return lambda **data: config("portal", "portal", data)


@pytest.fixture
def about() -> About:
    """Give what an order's envelope says."""
    return About(datetime.now(UTC), Cause(new_id(), new_id(), actor="user:ann"))
