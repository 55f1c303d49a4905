"""A running simulator, a client for its HTTP port, and a receiver of what providers send."""

from collections.abc import AsyncIterator

import httpx
import pytest
import simulators
from simulators.receiver import Receiver, receiving
from simulators.settings import Settings
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


@pytest.fixture(scope="session")
async def simulation() -> AsyncIterator[simulators.Simulation]:
    async with simulators.running(Settings(http_port=0, smtp_port=0)) as simulation:
        yield simulation


@pytest.fixture
def sim(simulation: simulators.Simulation) -> simulators.Simulation:
    simulation.clear()
    return simulation


@pytest.fixture
async def client(sim: simulators.Simulation) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sim.http, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def twilio_auth(sim: simulators.Simulation) -> tuple[str, str]:
    return sim.settings.twilio_account_sid, sim.settings.twilio_auth_token.get_secret_value()


@pytest.fixture
def sdk(sim: simulators.Simulation, twilio_auth: tuple[str, str]) -> Client:
    """Give the client that Twilio itself writes, leading to its end here."""
    client = Client(*twilio_auth, http_client=TwilioHttpClient(pool_connections=False))
    client.api.base_url = sim.http
    return client


@pytest.fixture
def messages(sim: simulators.Simulation) -> str:
    return f"/2010-04-01/Accounts/{sim.settings.twilio_account_sid}/Messages.json"
