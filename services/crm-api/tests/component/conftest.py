"""A running crm-api on real servers, and a small company to work with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from automation.knowledge import Knowledge
from chassis.process import Process, opened
from chassis.testing import Deployment, eventually, running
from contracts import topics
from crm_api.config.furnishing import furnish as ready_made
from crm_api.main import ROLES, SERVICE, VERSIONS, wire
from crm_api.settings import Settings
from crm_api.testing.company import Company, furnished
from crm_api.testing.rules import Rules
from crm_api.testing.shop import SIGNAL_STAGES, Shop
from stack.ports import free_port

TOKENS = {"user:ann": "ann-token", "service:action-workers": "workers-token", "user:rui": "rui-token"}
TYPES: dict[str, list[dict[str, Any]]] = {
    "contact": [
        {"key": "name", "kind": "string"},
        {"key": "phone", "kind": "phone"},
        {"key": "email", "kind": "email"},
    ],
    "deal": [
        {"key": "amount", "kind": "money"},
        {"key": "payment_due", "kind": "date"},
        {"key": "size", "kind": "choice", "choices": ["S", "M"]},
        {"key": "notes", "kind": "text"},
        *({"key": f"more_{n}", "kind": "text"} for n in range(6)),
    ],
    "invoice": [{"key": "amount", "kind": "money", "required": True}, {"key": "pay_before", "kind": "date"}],
}
STAGES = [
    {"key": "new", "rules": [{"key": "greet", "do": {"send-sms": {"to": "contact", "text": "Hello"}}}]},
    {"key": "documents"},
    {"key": "paid", "kind": "success", "triggers": [{"key": "invoice-paid", "on": "invoice.paid"}]},
    {"key": "lost", "kind": "failure"},
]


@dataclass
class Crm:
    """A running crm-api and how a test speaks with it."""

    deployment: Deployment
    process: Process[Knowledge]
    ann: httpx.AsyncClient
    worker: httpx.AsyncClient
    rui: httpx.AsyncClient

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Look into the database."""
        async with self.process.database.transaction() as tx:
            return await tx.fetch(query, *values)

    async def made(self, path: str, **body: Any) -> dict[str, Any]:
        """Make something and give it."""
        answer = await self.ann.post(path, json=body)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def deal(self, **more: Any) -> dict[str, Any]:
        """Make a deal."""
        return await self.made("/v1/items", type="deal", pipeline="deal/retail", **more)


async def put(client: httpx.AsyncClient, path: str, body: Any) -> None:
    """Put something that must be accepted."""
    answer = await client.put(path, json=body)
    assert answer.status_code == 200, answer.text


async def furnish(client: httpx.AsyncClient) -> None:
    """Give the company its types, its people and its pipelines."""
    for key, fields in TYPES.items():
        await put(client, f"/v1/config/type/{key}", {"fields": fields})
    await put(client, "/v1/config/person/ann", {"name": "Ann", "email": "ann@example.com"})
    await put(client, "/v1/pipelines/deal/retail", {"owner": "ann", "stages": STAGES})
    stages = [{"key": "open"}, {"key": "paid", "kind": "success"}]
    await put(client, "/v1/pipelines/invoice/plain", {"stages": stages})


def speaks(port: int, token: str) -> httpx.AsyncClient:
    """Give a client that carries a token, and waits for a machine that is very busy."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60)


@pytest.fixture
async def started(deployment: Deployment) -> AsyncIterator[Callable[..., Awaitable[Crm]]]:
    """Give a function that starts crm-api with these roles, in a furnished company or as it is when it is new."""
    opening: list[Any] = []

    async def start(*roles: str, as_new: bool = False, **more: Any) -> Crm:
        port = free_port()
        settings = await deployment.settings(Settings, VERSIONS, port=port, tokens=TOKENS, **more)
        process = await enter(opened(SERVICE, settings, Knowledge.grown))
        wire(process, ("serve", *roles))
        await enter(running(process))
        clients = [await enter(speaks(port, token)) for token in TOKENS.values()]
        await eventually(lambda: answers(clients[0]), every=0.005)
        await (ready_made(process) if as_new else furnish(clients[0]))
        return Crm(deployment, process, *clients)

    async def enter(context: Any) -> Any:
        entered = await context.__aenter__()
        opening.append(context)
        return entered

    await deployment.topics(
        *topics.TOPICS[:9],
        topics.ACTIONS["document"],
        topics.ACTIONS["message"],
        *(f"crm-api.{role}.dead" for role in ROLES[1:]),
    )
    yield start
    for context in reversed(opening):
        await context.__aexit__(None, None, None)


async def answers(client: httpx.AsyncClient) -> bool:
    """Say whether the server takes connections."""
    try:
        await client.get("/livez")
    except httpx.TransportError:
        return False
    return True


@pytest.fixture
async def crm(started: Callable[..., Awaitable[Crm]]) -> Crm:
    """Give a crm-api that serves."""
    return await started()


@pytest.fixture
async def shop(started: Callable[..., Awaitable[Any]]) -> Shop:
    crm = await started("consume")
    answer = await crm.ann.put("/v1/pipelines/deal/retail", json={"owner": "ann", "stages": SIGNAL_STAGES})
    assert answer.status_code == 200, answer.text
    [row] = await crm.fetch("SELECT max(revision) AS revision FROM config")
    return Shop(crm, row["revision"])


@pytest.fixture
async def rules(started: Callable[..., Awaitable[Any]]) -> Rules:
    """Give a crm-api that consumes, and the scheduler's end of it."""
    return Rules(await started("consume"))


@pytest.fixture
async def company(crm: Crm) -> AsyncIterator[Company]:
    """Give a crm-api with people who may do different things."""
    async with furnished(crm) as company:
        yield company
