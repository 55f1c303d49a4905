"""A running gateway on real servers, in a small company with a form, a payment provider and an SMS account."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from automation.knowledge import Knowledge
from chassis.database import Database
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from chassis.process import Process, opened
from chassis.secrets import Sealer
from chassis.testing import Deployment, eventually, running
from chassis.testing.line import Line, line_to
from contracts import ids, topics
from contracts.config import ConfigChanged, Connection, Pipeline, Portal, Source
from contracts.data import Data, Part
from contracts.envelope import Cause
from contracts.messages import Message
from contracts.rules import Stage, Trigger
from contracts.signals import Signal
from pydantic import SecretStr
from stack.ports import free_port
from trigger_gateway.main import SERVICE, VERSIONS, crm_client, wire
from trigger_gateway.settings import Settings

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PUBLIC_URL = "https://shop.example"
FORM_TOKEN, STRIPE_TOKEN = "form-token-0123456789abcdef", "stripe-token-0123456789abcdef"
OLD_SECRET, NEW_SECRET, AUTH_TOKEN = "whsec_old", "whsec_new", "twilio-auth-token"
GROUPS = ("trigger-gateway.match.dead", "trigger-gateway.config.dead")


@dataclass
class Gateway:
    """A running gateway and how a test speaks with it."""

    deployment: Deployment
    process: Process[Knowledge]
    database: Database
    http: httpx.AsyncClient
    sealer: Sealer
    form: str = f"/in/site/{FORM_TOKEN}"
    stripe: str = f"/in/stripe/{STRIPE_TOKEN}"
    stripe_secrets: tuple[str, str] = (OLD_SECRET, NEW_SECRET)
    auth_token: str = AUTH_TOKEN
    public_url: str = PUBLIC_URL

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Look into the database."""
        async with self.database.transaction() as tx:
            return [dict(row) for row in await tx.fetch(query, *values)]

    async def configure(self, *records: ConfigChanged) -> None:
        """Publish config and wait until the gateway holds it."""
        outbox = Outbox(self.deployment.kafka, "/crm-api")
        about = About(AT, Cause(new_id(), new_id()))
        await self.deployment.send(*(outbox.message(topics.CONFIG, f"{r.kind}/{r.id}", r, about) for r in records))
        await self.process.config.reach(max(r.revision for r in records))

    async def signals(self, count: int = 1) -> list[Signal]:
        """Give the signals that were announced, once there are so many."""

        async def look() -> list[Signal] | None:
            found = await self.deployment.data(topics.SIGNALS, Signal)
            return found if len(found) >= count else None

        return await eventually(look)

    async def kept_nothing(self) -> bool:
        """Say whether no delivery is kept and nothing was announced or is about to be."""
        kept = await self.rows("SELECT source FROM delivery UNION ALL SELECT topic FROM outbox")
        return not kept and not await self.deployment.seen(topics.SIGNALS)

    def message(self, topic: Any, key: object, data: Data, **more: Any) -> Message:
        """Make a message as another service would send it."""
        return Outbox(self.deployment.kafka, "/test").message(
            topic, key, data, About(AT, Cause(new_id(), new_id()), **more)
        )


def company(sealer: Sealer) -> list[ConfigChanged]:
    """Give the config of the company, numbered."""
    stages = (Stage(key="new"), Stage(key="documents"), Stage(key="paid", kind="success"))
    triggers = {
        "documents": (trigger("asked", "form.submitted", form="site"),),
        "paid": (trigger("invoice-paid", "invoice.paid"), trigger("urgent", "field.changed", field="urgent")),
    }
    creation = {"type": "deal", "pipeline": "deal/retail", "stage": "new", "contact": {"name": "name"}}
    secrets = {
        name: sealer.seal(value, f"source/stripe/{name}") for name, value in (("a", OLD_SECRET), ("b", NEW_SECRET))
    }
    records: list[tuple[str, Part]] = [
        ("portal", Portal(country="PT", public_url=PUBLIC_URL)),
        ("pipeline", Pipeline(id="deal/retail", type="deal", stages=stages, triggers=triggers)),
        ("pipeline", Pipeline(id="invoice/plain", type="invoice", stages=(stages[0], stages[2]))),
        (
            "source",
            Source.model_validate(
                {
                    "id": "site",
                    "kind": "form",
                    "token": FORM_TOKEN,
                    "required": ["name", "phone"],
                    "identities": {"phone": "phone"},
                    "nobody": {"do": "create", "create": creation},
                }
            ),
        ),
        (
            "source",
            Source.model_validate(
                {
                    "id": "stripe",
                    "kind": "stripe",
                    "token": STRIPE_TOKEN,
                    "secrets": secrets,
                    "sets": {"stage": "paid"},
                    "sets_on": ["payment.succeeded"],
                }
            ),
        ),
        (
            "connection",
            Connection(
                id="sms",
                provider="twilio",
                secrets={"auth_token": sealer.seal(AUTH_TOKEN, "connection/sms/auth_token")},
            ),
        ),
    ]
    return [numbered(number, kind, record) for number, (kind, record) in enumerate(records, start=1)]


def numbered(revision: int, kind: str, record: Part) -> ConfigChanged:
    """Give a record as one numbered change."""
    data = record.model_dump(mode="json")
    return ConfigChanged(kind=kind, id=data.get("id", "portal"), revision=revision, data=data, changed_at=AT)


def trigger(key: str, on: str, **wanted: Any) -> Trigger:
    """Give a trigger."""
    return Trigger(id=ids.trigger_id("deal/retail", "any", key), key=key, on=on, filter=wanted)


Started = Callable[..., Awaitable[Gateway]]


@pytest.fixture
async def started(deployment: Deployment) -> AsyncIterator[Started]:
    """Give a function that starts a gateway with these roles, in the company."""
    await deployment.topics(
        topics.CONFIG, topics.SIGNALS, topics.ITEMS, topics.COMMANDS, topics.ACTIONS["sms"], *GROUPS
    )
    async with AsyncExitStack() as open_:

        async def start(*roles: str, **more: Any) -> Gateway:
            port = free_port()
            given = {"port": port, "crm_api_token": SecretStr("gateway-token"), "database_pool": 4} | more
            settings = await deployment.settings(Settings, VERSIONS, **given)
            process = await open_.enter_async_context(opened(SERVICE, settings, Knowledge.grown))
            crm = await open_.enter_async_context(crm_client(settings))
            wire(process, settings, crm, roles)
            await open_.enter_async_context(running(process))
            http = await open_.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60))
            sealer = Sealer(settings.secret_key)
            gateway = Gateway(deployment, process, process.database, http, sealer)
            await eventually(lambda: answers(http))
            await gateway.configure(*company(sealer))
            return gateway

        yield start


async def answers(http: httpx.AsyncClient) -> bool:
    """Say whether the server takes requests."""
    try:
        return (await http.get("/livez")).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
async def door(started: Started) -> Gateway:
    """Give a gateway that serves."""
    return await started("serve")


@pytest.fixture
async def match(started: Started) -> Gateway:
    """Give a gateway that matches."""
    return await started("match")


@pytest.fixture
async def line(deployment: Deployment) -> AsyncIterator[Line]:
    """Give a line to the database server that can be cut."""
    async with line_to(deployment.stack.postgres) as line:
        yield line
